// What the page does for the holder of its tokens: it remembers, leaves, and opens frames.
import { WebStorageStateStore } from "oidc-client-ts";
import type { Surroundings } from "./holder";

const LONGEST_FRAME_MS = 5_000;

/** `ears` hear what the holder has to say. */
export function surroundings(ears: Pick<Surroundings, "ended" | "moved" | "missed" | "silent">): Surroundings {
  // A transaction must outlive the redirect, but no other tab needs it.
  const transactions = new WebStorageStateStore({ prefix: "sign-in.", store: sessionStorage });
  return {
    set: (key, value) => transactions.set(key, value),
    get: (key) => transactions.get(key),
    remove: (key) => transactions.remove(key),
    getAllKeys: () => transactions.getAllKeys(),
    leave,
    frame,
    ...ears,
  };
}

/** It returns when the page comes back out of the browser's memory, if ever. */
function leave(address: string): Promise<void> {
  return new Promise((resolve) => {
    addEventListener("pageshow", () => resolve(), { once: true });
    location.assign(webAddress(address));
  });
}

function frame(address: string): Promise<string> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  return new Promise<string>((resolve, reject) => {
    const done = new AbortController();
    const finish = (act: () => void): void => {
      done.abort();
      clearTimeout(late);
      frame.remove();
      act();
    };
    const giveUp = (): void => reject(new Error("The sign-in service did not answer in its frame."));
    const late = setTimeout(() => finish(giveUp), LONGEST_FRAME_MS);
    const hear = ({ origin, source, data }: MessageEvent<{ kind?: string; answer?: unknown } | null>): void => {
      if (origin !== location.origin || source !== frame.contentWindow || data?.kind !== "silent-callback") return;
      const { answer } = data;
      if (typeof answer === "string") finish(() => resolve(answer));
    };
    addEventListener("message", hear, { signal: done.signal });
    frame.src = webAddress(address);
    document.body.append(frame);
  });
}

/** An address comes from the provider's metadata; one that is script must not run as ours. */
function webAddress(address: string): string {
  const { protocol, href } = new URL(address, location.href);
  if (protocol !== "https:" && protocol !== "http:") throw new Error("The sign-in service has no web address.");
  return href;
}
