// The page's side of the worker that holds its tokens.
import { HOLDER, SURROUNDINGS, type Holder, type Surroundings } from "./holder";
import { link } from "./link";

/** What is in the platform, and not yet in TypeScript's idea of it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): unknown };
}

const SCRIPT = "/assets/spa-worker.js";

export function startWorker(around: Surroundings): Holder {
  const worker = new Worker(vouchedFor(SCRIPT), { name: "sign-in" });
  const { theirs, cut } = link<Surroundings, Holder>(worker, around, SURROUNDINGS, HOLDER);
  worker.addEventListener("error", () => cut(new Error("The sign-in does not work in this browser.")));
  return theirs;
}

/** A worker's address is script to the browser, so under Trusted Types it needs a policy, which admits this one and no other. */
function vouchedFor(address: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return address;
  const createScriptURL = (wanted: string): string => {
    if (wanted !== SCRIPT) throw new TypeError(`${wanted} is not the page's own worker`);
    return wanted;
  };
  return types.createPolicy("worker", { createScriptURL }).createScriptURL(address) as string;
}
