// Ends the tokens at the provider (RFC 7009), so that copies of them end too.
import type { MetadataService, User } from "oidc-client-ts";
import { bounded } from "./bounded";
import type { Settings } from "./settings";

const LONGEST_MS = 5_000;

/** A provider that refuses, or is not there, keeps nobody signed in: what fails here fails in silence. */
export async function revoke(user: User, settings: Settings, provider: MetadataService): Promise<void> {
  const endpoint = await bounded(LONGEST_MS, provider.getRevocationEndpoint()).catch(() => undefined);
  if (endpoint === undefined) return;
  const end = (token_type_hint: string, token: string | undefined): Promise<unknown> => {
    if (!token) return Promise.resolve();
    const body = new URLSearchParams({ token, token_type_hint, client_id: settings.client_id });
    // It goes on when the tab is closed meanwhile.
    const request: RequestInit = { method: "POST", body, credentials: "omit", redirect: "error", keepalive: true };
    return fetch(endpoint, { ...request, signal: AbortSignal.timeout(LONGEST_MS) });
  };
  // Refresh token first: it could fetch another access token.
  await Promise.allSettled([end("refresh_token", user.refresh_token), end("access_token", user.access_token)]);
}
