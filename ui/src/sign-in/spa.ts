// The sign-in in the page: it holds the tokens, in memory, and calls the API itself.
import type { User } from "oidc-client-ts";
import type { SignIn } from "../sign-in";
import { complete, isCallback } from "./callback";
import { Manager } from "./manager";
import { fetchSettings, type Settings } from "./settings";

class InPage implements SignIn {
  #settings: Settings | undefined;
  #manager: Manager | undefined;

  async resume(): Promise<{ name: string } | undefined> {
    const { manager, settings } = await this.#start();
    const user = isCallback(settings) ? await complete(manager, settings) : await manager.getUser();
    return user ? { name: user.profile.preferred_username ?? user.profile.name ?? user.profile.sub } : undefined;
  }

  async begin(): Promise<void> {
    const { manager, settings } = await this.#start();
    const state = new URLSearchParams(location.search).get("return_url") ?? "/";
    await manager.signinRedirect(settings.nonce ? { state, nonce: crypto.randomUUID() } : { state });
  }

  async end(): Promise<void> {
    const { manager, settings } = await this.#start();
    const user = await manager.getUser();
    manager.stopSilentRenew();
    if (settings.revoke) {
      // Refresh token first: it could fetch another access token. A refusal must not keep anybody signed in.
      await manager.revokeTokens(["refresh_token"]).catch(() => undefined);
      await manager.revokeTokens(["access_token"]).catch(() => undefined);
    }
    await manager.removeUser();
    await manager.signoutRedirect(user?.id_token ? { id_token_hint: user.id_token } : {});
  }

  async call(path: string, body?: unknown): Promise<Response> {
    const { manager, settings } = await this.#start();
    const user = await manager.getUser();
    if (!user) return new Response(null, { status: 401 });
    const response = await send(settings, user, path, body);
    if (response.status !== 401) return response;
    const renewed = user.refresh_token ? await manager.signinSilent().catch(() => null) : null;
    if (renewed) return send(settings, renewed, path, body);
    await manager.removeUser();
    return response;
  }

  async #start(): Promise<{ manager: Manager; settings: Settings }> {
    this.#settings ??= await fetchSettings();
    if (!this.#manager) {
      this.#manager = new Manager(this.#settings);
      if (this.#settings.credential === "cookie") keepInCookie(this.#manager, this.#settings.cookie_domain);
    }
    return { manager: this.#manager, settings: this.#settings };
  }
}

async function send(settings: Settings, user: User, path: string, body: unknown): Promise<Response> {
  const inCookie = settings.credential === "cookie";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (!inCookie) headers["Authorization"] = `Bearer ${user.access_token}`;
  const credentials = inCookie ? "include" : "omit";
  const request: RequestInit = { headers, credentials, cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.method = "POST";
    request.body = JSON.stringify(body);
  }
  return fetch(settings.api + path, request);
}

/** The weakened page keeps the access token where every browser sends it by itself. */
function keepInCookie(manager: Manager, domain: string): void {
  const write = (value: string, life: number): void => {
    document.cookie = `access-token=${value}; Domain=${domain}; Path=/; Secure; SameSite=None; Max-Age=${life}`;
  };
  manager.events.addUserLoaded((user) => write(user.access_token, user.expires_in ?? 300));
  manager.events.addUserUnloaded(() => write("", 0));
}

export const signIn: SignIn = new InPage();
