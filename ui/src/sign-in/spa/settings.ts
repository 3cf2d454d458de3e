// What the page's host tells it: its peers, and which of its protections are there.
import type { PageSettings } from "../../sign-in";

export interface Settings extends PageSettings {
  readonly authority: string;
  readonly client_id: string;
  readonly api: string;
  readonly redirect_uri: string;
  readonly silent_redirect_uri: string;
  readonly post_logout_redirect_uri: string;
  readonly scope: string;
  readonly resource: string | null;
  readonly cookie_domain: string;
  readonly store: "memory" | "session-storage" | "local-storage" | "worker";
  readonly credential: "memory" | "cookie";
  readonly renewal: "refresh-token" | "hidden-frame";
  readonly rt_lock: boolean;
  readonly dpop: boolean;
  readonly ws_auth: "first-message" | "query" | "subprotocol" | "ticket";
  readonly revoke: boolean;
  readonly pkce: boolean;
  readonly iss: boolean;
  readonly state: boolean;
  readonly nonce: boolean;
  readonly id_token: "full" | "claims" | "off";
  readonly return_url: "same-origin" | "any";
  readonly monitor: boolean;
  readonly fcl: boolean;
  readonly sync: boolean;
}

export async function fetchSettings(): Promise<Settings> {
  const request: RequestInit = { credentials: "omit", redirect: "error", signal: AbortSignal.timeout(10_000) };
  const response = await fetch("/settings.json", request);
  if (!response.ok) throw new Error(`The application's settings cannot be read (${response.status}).`);
  return (await response.json()) as Settings;
}

/** Tells whether the access token is where every browser sends it by itself; a worker has no such place. */
export function isInCookie({ credential, store }: Settings): boolean {
  return credential === "cookie" && store !== "worker";
}

/** Tells whether every tab has the same tokens. */
export function isShared({ store }: Settings): boolean {
  return store === "local-storage";
}
