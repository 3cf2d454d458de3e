// What the page leaves to itself across a sign-in or sign-out, in this tab only, and what an address brings.
import type { Reason } from "../sign-in";
import type { Transfer } from "./bank";

const DRAFT = "draft";
const SIGNED_OUT = "signed-out";

/** Keeps a transfer that must wait for a fresh sign-in; it is never sent without its user pressing for it. */
export function keepDraft({ from, to, amount }: Transfer): void {
  sessionStorage.setItem(DRAFT, JSON.stringify({ from, to, amount }));
}

export function takeDraft(): Transfer | undefined {
  const text = sessionStorage.getItem(DRAFT);
  sessionStorage.removeItem(DRAFT);
  return text === null ? undefined : (JSON.parse(text) as Transfer);
}

export function keepSignedOut(): void {
  sessionStorage.setItem(SIGNED_OUT, "here");
}

/**
 * Tells whether this tab has just signed out.
 *
 * A backend that clears the origin's storage clears this too, and says it in `state` (OpenID Connect RP-Initiated Logout
 * 1.0 §2).
 */
export function takeSignedOut(): Reason | undefined {
  const kept = sessionStorage.getItem(SIGNED_OUT);
  sessionStorage.removeItem(SIGNED_OUT);
  const told = new URLSearchParams(location.search).get("state") === SIGNED_OUT;
  if (told) takeParameter("state");
  return kept !== null || told ? "here" : undefined;
}

/** Takes a parameter out of the address, so that it means something once. */
export function takeParameter(name: string): string | undefined {
  const address = new URL(location.href);
  const value = address.searchParams.get(name);
  if (value === null) return undefined;
  address.searchParams.delete(name);
  history.replaceState(history.state, "", address.href);
  return value;
}
