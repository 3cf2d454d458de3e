// Builds the one page with one of its sign-ins, `--mode bff`, `spa` or `tmb`, and what is delivered beside it.
import { copyFileSync } from "node:fs";
import { build, defineConfig, type InlineConfig, type Plugin } from "vite";

const SIGN_INS = ["bff", "spa", "tmb"];
const path = (relative: string): string => new URL(relative, import.meta.url).pathname;

/** Scripts that run outside the page, each by itself: one classic script has one entry. */
const WORKERS: readonly { file: string; entry: string; only?: string }[] = [
  { file: "service-worker.js", entry: "./src/offline/service-worker.ts" },
  { file: "spa-worker.js", entry: "./src/spa-worker.ts", only: "spa" },
];
const AS_THEY_ARE = ["manifest.webmanifest", "icon.svg"];

/** A classic script in a function of its own: what it knows is in no global variable. */
function script(mode: string, entry: string, file: string): InlineConfig {
  return {
    root: path("."),
    resolve: { alias: { "sign-in": path(`./src/sign-in/${mode}.ts`) } },
    build: {
      target: "es2022",
      outDir: path(`./dist/${mode}`),
      // One style sheet of its own, because the page's policy lets no script write styles.
      cssCodeSplit: false,
      modulePreload: false,
      rollupOptions: {
        input: path(entry),
        output: { format: "iife", entryFileNames: file, assetFileNames: "app.css" },
      },
    },
  };
}

function workers(mode: string): Plugin {
  return {
    name: "workers",
    apply: "build",
    async closeBundle() {
      for (const { file, entry, only } of WORKERS.filter(({ only }) => only === undefined || only === mode)) {
        const config = script(mode, entry, file);
        await build({ ...config, mode, configFile: false, build: { ...config.build, emptyOutDir: false } });
      }
      for (const file of AS_THEY_ARE) copyFileSync(path(`./src/offline/${file}`), path(`./dist/${mode}/${file}`));
    },
  };
}

export default defineConfig(({ mode }) => {
  if (!SIGN_INS.includes(mode)) {
    throw new Error(`there is no sign-in called "${mode}": use one of --mode ${SIGN_INS.join(", --mode ")}`);
  }
  const page = script(mode, "./src/main.ts", "app.js");
  return { ...page, build: { ...page.build, emptyOutDir: true }, plugins: [workers(mode)] };
});
