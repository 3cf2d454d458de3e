// The provider's answer to a sign-in, and the checks that the OIDC client leaves to the page.
import { SigninState, type MetadataService, type StateStore } from "oidc-client-ts";
import { Refused } from "./refused";
import type { Settings } from "./settings";

/** Refuses a provider that names itself otherwise than it was asked for (OpenID Connect Discovery 1.0 §4.3). */
export async function checkProvider(provider: MetadataService, { authority }: Settings): Promise<void> {
  if ((await provider.getIssuer()) !== authority) throw new Refused("The sign-in service is not the one that was expected.");
}

/** RFC 6749 §3.1: of a parameter that comes twice, two readers may take two different ones. */
export function checkForm(answer: string): void {
  const names = [...new URL(answer).searchParams.keys()];
  if (new Set(names).size < names.length) throw new Refused("The answer to the sign-in contradicts itself. Try again.");
}

/** RFC 9207 §2.4: the answer names its issuer, and it must be the one that was asked. */
export async function checkIssuer(provider: MetadataService, settings: Settings, answer: string): Promise<void> {
  if (!settings.iss) return;
  await checkProvider(provider, settings);
  const metadata: { issuer?: string; authorization_response_iss_parameter_supported?: boolean } = await provider.getMetadata();
  const named = new URL(answer).searchParams.getAll("iss");
  if (named.length === 0 && !metadata.authorization_response_iss_parameter_supported) return;
  if (named.length !== 1 || named[0] !== settings.authority) {
    throw new Refused("The answer to the sign-in came from another service than the one that was asked.");
  }
}

/** The weakened page takes an answer to a sign-in that it did not start. */
export async function adopt(store: StateStore, settings: Settings, answer: string): Promise<void> {
  const id = new URL(answer).searchParams.get("state");
  if (settings.state || id === null || (await store.get(id)) !== null) return;
  const { authority, client_id, redirect_uri, scope } = settings;
  const foreign = await SigninState.create({ id, authority, client_id, redirect_uri, scope, request_type: "si:r" });
  await store.set(id, foreign.toStorageString());
}

/** What the answer or the library says is not shown: the answer may be anybody's words. */
export function refuse(cause: unknown): never {
  if (cause instanceof TypeError || cause instanceof Refused) throw cause;
  throw new Error("The sign-in could not be completed, so nobody is signed in. Try again.", { cause });
}
