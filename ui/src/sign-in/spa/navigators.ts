// How the OIDC client sends the browser somewhere, without knowing whether it is in a page or in a worker.
import type { INavigator } from "oidc-client-ts";
import type { Surroundings } from "./holder";

/** Leaves the page; the answer comes to another one. */
export function leaving(around: Surroundings): INavigator {
  return navigating(async (address) => {
    await around.leave(address);
    return address;
  });
}

/** Opens a hidden frame; `check` is held against the answer before the client sees it. */
export function framing(around: Surroundings, check: (answer: string) => Promise<void>): INavigator {
  return navigating(async (address) => {
    const answer = await around.frame(address);
    await check(answer);
    return answer;
  });
}

function navigating(go: (address: string) => Promise<string>): INavigator {
  return {
    prepare: async () => ({
      navigate: async ({ url }) => ({ url: await go(url) }),
      close: () => undefined,
    }),
    callback: async () => undefined,
  };
}
