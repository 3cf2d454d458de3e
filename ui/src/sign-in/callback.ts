// The provider's answer to a sign-in, and the checks that the OIDC client leaves to the page.
import { SigninState, type User } from "oidc-client-ts";
import type { Manager } from "./manager";
import type { Settings } from "./settings";

/** Tells whether the page was opened with an answer, and not merely at the address of answers. */
export function isCallback(settings: Settings): boolean {
  const query = new URLSearchParams(location.search);
  const here = location.pathname === new URL(settings.redirect_uri).pathname;
  return here && (query.has("code") || query.has("error"));
}

/** Turns the answer into a user, or says why not. */
export async function complete(manager: Manager, settings: Settings): Promise<User> {
  const answer = new URL(location.href);
  // Before anything else: a code in the address bar is in the history, and one click from being sent on.
  history.replaceState(null, "", "/");
  try {
    if (settings.iss) await checkIssuer(manager, settings, answer.searchParams);
    if (!settings.state) await adopt(settings, answer.searchParams.get("state"));
    const user = await manager.signinRedirectCallback(answer.href).catch(refuse);
    try {
      checkIdToken(user, settings);
    } catch (error) {
      await manager.removeUser();
      throw error;
    }
    returnTo(settings, user.state);
    return user;
  } finally {
    forgetTransactions();
  }
}

/** What the answer or the library says is not shown: the answer may be anybody's words. */
function refuse(cause: unknown): never {
  if (cause instanceof TypeError) throw cause;
  throw new Error("The sign-in could not be completed, so nobody is signed in. Try again.", { cause });
}

/** RFC 9207 §2.4: the answer names its issuer, and it must be the one that was asked. */
async function checkIssuer(manager: Manager, settings: Settings, answer: URLSearchParams): Promise<void> {
  const metadata: { issuer?: string; authorization_response_iss_parameter_supported?: boolean } =
    await manager.metadataService.getMetadata();
  if (metadata.issuer !== settings.authority) throw new Error("The sign-in service is not the one that was expected.");
  const named = answer.getAll("iss");
  if (named.length === 0 && !metadata.authorization_response_iss_parameter_supported) return;
  if (named.length !== 1 || named[0] !== settings.authority) {
    throw new Error("The answer to the sign-in came from another service than the one that was asked.");
  }
}

/** OpenID Connect Core 1.0 §3.1.3.7; the signature may be left out, because the token came over TLS (item 6). */
function checkIdToken({ profile }: User, settings: Settings): void {
  const audience = ([] as string[]).concat(profile.aud);
  const meant = audience.includes(settings.client_id) && (audience.length === 1 || profile.azp === settings.client_id);
  if (profile.iss !== settings.authority || !meant) throw new Error("The sign-in was meant for another application.");
  if (profile.exp * 1000 <= Date.now()) throw new Error("The sign-in has expired already.");
}

/** The weakened page takes an answer to a sign-in that it did not start. */
async function adopt(settings: Settings, id: string | null): Promise<void> {
  const key = `oidc.${id}`;
  if (id === null || sessionStorage.getItem(key) !== null) return;
  const { authority, client_id, redirect_uri, scope } = settings;
  const foreign = await SigninState.create({ id, authority, client_id, redirect_uri, scope, request_type: "si:r" });
  sessionStorage.setItem(key, foreign.toStorageString());
}

function returnTo(settings: Settings, wish: unknown): void {
  if (typeof wish !== "string" || !URL.canParse(wish, location.origin)) return;
  const target = new URL(wish, location.origin);
  if (target.origin === location.origin) {
    history.replaceState(null, "", target.pathname + target.search + target.hash);
  } else if (settings.return_url === "any") {
    location.assign(target.href);
  }
}

/** A verifier or state that is left over serves only a thief. */
function forgetTransactions(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("oidc.")) sessionStorage.removeItem(key);
  }
}
