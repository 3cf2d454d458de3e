// Reads what a feed says; what is not a transfer is nothing.
import type { Moved } from "../../sign-in";

export function readMoved(text: unknown): Moved | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const { transfer, from, to, amount } = JSON.parse(text) as Partial<Moved>;
    const isWhole = Number.isSafeInteger(transfer) && Number.isSafeInteger(amount);
    if (!isWhole || typeof from !== "string" || typeof to !== "string") return undefined;
    return { transfer, from, to, amount } as Moved;
  } catch {
    return undefined;
  }
}

/** Tells whether a message says that some were lost. */
export function isMissed(text: unknown): boolean {
  return typeof text === "string" && /^\{"missed":\d+\}$/.test(text);
}
