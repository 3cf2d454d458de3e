// An API's wish for a stronger sign-in (RFC 9470 §3). It ends none: the one that stands is too weak for this call.
import type { Wish } from "../sign-in";

/** Returns what a sign-in must be, if that is what the answer asks for. */
export function stepUp(response: Response): Wish | undefined {
  if (response.status !== 401) return undefined;
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  if (parameter(challenge, "error") !== "insufficient_user_authentication") return undefined;
  const acr_values = parameter(challenge, "acr_values");
  const max_age = parameter(challenge, "max_age");
  return { ...(acr_values && { acr_values }), ...(max_age && { max_age }) };
}

function parameter(challenge: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|[\\s,])${name}=(?:"([^"]*)"|([^\\s,"]+))`).exec(challenge);
  return found?.[1] ?? found?.[2];
}
