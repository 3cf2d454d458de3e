// What the page's host tells it: its peers, and which of its protections are there.

export interface Settings {
  readonly authority: string;
  readonly client_id: string;
  readonly api: string;
  readonly redirect_uri: string;
  readonly post_logout_redirect_uri: string;
  readonly scope: string;
  readonly cookie_domain: string;
  readonly revoke: boolean;
  readonly pkce: boolean;
  readonly iss: boolean;
  readonly state: boolean;
  readonly nonce: boolean;
  readonly credential: "memory" | "cookie";
  readonly return_url: "same-origin" | "any";
}

export async function fetchSettings(): Promise<Settings> {
  const response = await fetch("/settings.json", { credentials: "omit", redirect: "error" });
  if (!response.ok) throw new Error(`The application's settings cannot be read (${response.status}).`);
  return (await response.json()) as Settings;
}
