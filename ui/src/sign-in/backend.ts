// What every sign-in through a backend has in common; the page knows who is signed in, by a cookie that it cannot read.
import type { Listed, PageSettings, Reason, User, Wish } from "../sign-in";
import { readSettings, type BackendSettings } from "./backend/settings";
import { Tabs } from "./backend/tabs";
import { fetchInTime } from "./in-time";

type Method = "GET" | "POST" | "DELETE";

export abstract class Backend {
  readonly own: BackendSettings = readSettings();
  readonly #tabs = new Tabs();
  #csrfToken: string | undefined;
  #id: string | undefined;

  async settings(): Promise<PageSettings> {
    return this.own;
  }

  async resume(): Promise<User | undefined> {
    const user = await this.user();
    if (user) this.#tabs.tell({ signedIn: user.id ?? user.name });
    return user;
  }

  async begin(wish: Wish = {}): Promise<void> {
    const query = new URLSearchParams({ return_url: "/", ...wish });
    location.assign(`/bff/login?${query}`);
  }

  async end(): Promise<void> {
    const response = await this.send("/bff/logout", "POST");
    if (!response.ok && response.status !== 401) {
      throw new Error(`The application answered ${response.status}, so you may still be signed in.`);
    }
    this.#id = undefined;
    this.#tabs.tell({ signedOut: true });
    if (response.status === 401) return location.replace("/");
    const { url } = (await response.json()) as { url: string };
    location.assign(url);
  }

  watch(onChange: (reason?: Reason) => void): () => void {
    const stopListening = this.#tabs.listen((news) => {
      const known = this.#id;
      this.#id = news.signedIn;
      if (news.signedOut) onChange("elsewhere");
      else if (news.signedIn !== known) onChange();
    });
    // Whoever comes back to the page must not find what has ended meanwhile; a page in the background asks nothing.
    const look = async (): Promise<void> => {
      const id = this.#id;
      if (document.visibilityState !== "visible" || id === undefined) return;
      const reason = await this.reason();
      if (reason !== undefined || this.#id !== id) onChange(reason);
    };
    const onVisible = (): void => void look();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      stopListening();
      document.removeEventListener("visibilitychange", onVisible);
    };
  }

  async sessions(): Promise<readonly Listed[]> {
    const response = await this.send("/bff/sessions", "GET");
    if (!response.ok) throw new Error(`Your sessions cannot be listed (${response.status}).`);
    return ((await response.json()) as { sessions: Listed[] }).sessions;
  }

  async endSession(id: string): Promise<void> {
    const response = await this.send(`/bff/sessions/${encodeURIComponent(id)}`, "DELETE");
    // One that is gone already has ended, which is what was wanted.
    if (response.ok || response.status === 404) return;
    throw new Error(`That session could not be ended (${response.status}).`);
  }

  /** Asks the backend, with what no other site's page can send. */
  protected async send(path: string, method: Method, body?: unknown, key?: string): Promise<Response> {
    // No other site's page can set this header without a preflight, which the backend does not answer.
    const headers: Record<string, string> = { Accept: "application/json", "X-CSRF": "1" };
    const request: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store", redirect: "error" };
    if (method !== "GET" && this.#csrfToken !== undefined) headers["X-CSRF-Token"] = this.#csrfToken;
    if (key !== undefined) headers["Idempotency-Key"] = key;
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      request.body = JSON.stringify(body);
    }
    return fetchInTime(path, request);
  }

  /** Tells whether the sign-in has ended, as far as the backend says so, and keeps no session alive by asking. */
  protected async reason(): Promise<Reason | undefined> {
    try {
      return (await this.user("slide=false")) ? undefined : "expired";
    } catch {
      return undefined;
    }
  }

  protected async user(how?: "slide=false"): Promise<User | undefined> {
    // That nobody is signed in is an answer like any other, and no error for the console.
    const response = await this.send(`/bff/user?anonymous=ok${how === undefined ? "" : `&${how}`}`, "GET");
    if (!response.ok && response.status !== 401) throw new Error(`The application answered ${response.status}.`);
    const user = response.ok ? ((await response.json()) as Answer) : { signed_in: false };
    const signedIn = user.signed_in !== false;
    this.#csrfToken = signedIn ? user.csrf_token : undefined;
    this.#id = signedIn ? (user.sub ?? user.name ?? "somebody") : undefined;
    if (this.#id === undefined) return undefined;
    return { name: user.name ?? this.#id, ...(user.sub !== undefined && { id: user.sub }) };
  }
}

interface Answer {
  readonly signed_in?: boolean;
  readonly name?: string;
  readonly sub?: string;
  readonly csrf_token?: string;
}
