// Builds the one page with one of its sign-ins: `--mode bff` or `--mode spa`.
import { defineConfig } from "vite";

const SIGN_INS = ["bff", "spa"];
const path = (relative: string): string => new URL(relative, import.meta.url).pathname;

export default defineConfig(({ mode }) => {
  if (!SIGN_INS.includes(mode)) {
    throw new Error(`there is no sign-in called "${mode}": use one of --mode ${SIGN_INS.join(", --mode ")}`);
  }
  return {
    root: path("."),
    resolve: { alias: { "sign-in": path(`./src/sign-in/${mode}.ts`) } },
    build: {
      target: "es2022",
      outDir: path(`./dist/${mode}`),
      emptyOutDir: true,
      // One style sheet of its own, because the page's policy lets no script write styles.
      cssCodeSplit: false,
      modulePreload: false,
      rollupOptions: {
        input: path("./src/main.ts"),
        // A classic script in a function of its own: what it knows is in no global variable.
        output: { format: "iife", entryFileNames: "app.js", assetFileNames: "app.css" },
      },
    },
  };
});
