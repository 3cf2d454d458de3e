// Makes the page start without a network; only where its host says so, because a service worker outlives the page.

interface ScriptPolicy<Address> {
  createScriptURL(address: string): Address;
}

/** What is in the platform, and not yet in TypeScript's idea of it. */
interface TrustedTypes {
  createPolicy(name: string, rules: ScriptPolicy<string>): ScriptPolicy<unknown>;
}

const WORKER = "/service-worker.js";

export async function register(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  // The script is asked for again at every start, so that a withdrawn version does not live on in a cache.
  const options: RegistrationOptions = { scope: "/", updateViaCache: "none" };
  await navigator.serviceWorker.register(vouchedFor(WORKER), options);
}

/** Removes every service worker of this origin; one from an earlier host would go on answering for it. */
export async function unregister(): Promise<void> {
  // A browser may have none, or forbid it where storage is forbidden.
  if (!("serviceWorker" in navigator)) return;
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((registration) => registration.unregister()));
}

/** A worker's address is script to the browser, so under Trusted Types it needs a policy, which admits this one alone. */
function vouchedFor(address: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return address;
  const createScriptURL = (wanted: string): string => {
    if (wanted !== WORKER) throw new TypeError(`${wanted} is not the page's own worker`);
    return wanted;
  };
  return types.createPolicy("service-worker", { createScriptURL }).createScriptURL(address) as string;
}
