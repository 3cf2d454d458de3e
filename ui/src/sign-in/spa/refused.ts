// What a sign-in is refused for, in words that the user may read.

export class Refused extends Error {}

/** There is nothing to renew with: the sign-in ends with its access token. */
export class NotRenewable extends Error {}

const FINAL = new Set([
  "access_denied",
  "account_selection_required",
  "consent_required",
  "interaction_required",
  "invalid_client",
  "invalid_grant",
  "login_required",
  "unauthorized_client",
]);

/** Tells whether the provider has said no; anything else may be a matter of time. */
export function isFinal(error: unknown): boolean {
  return error instanceof NotRenewable || error instanceof Refused || FINAL.has(codeOf(error));
}

/** The error code of a provider's answer (RFC 6749 §5.2; OpenID Connect Core 1.0 §3.1.2.6). */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  // The library puts the whole answer into the message where the provider also sent a nonce for the next proof.
  if (error.name === "ErrorDPoPNonce") return codeIn(error.message);
  const { error: code } = error as { error?: unknown };
  return typeof code === "string" ? code : "";
}

function codeIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? error : "";
  } catch {
    return "";
  }
}
