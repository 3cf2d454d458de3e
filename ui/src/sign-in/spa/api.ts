// Calls of the business API with the access token, and with a proof where the token is bound to a key (RFC 9449 §7).
import type { User } from "oidc-client-ts";
import type { Call } from "./holder";
import type { Manager } from "./manager";
import { isInCookie, type Settings } from "./settings";

const LONGEST_MS = 30_000;

export class Api {
  readonly #settings: Settings;
  readonly #manager: Manager;
  /** What the API wants in the next proof (RFC 9449 §8.2). */
  #nonce: string | undefined;

  constructor(settings: Settings, manager: Manager) {
    this.#settings = settings;
    this.#manager = manager;
  }

  async call(user: User, call: Call): Promise<Response> {
    const sent = this.#nonce;
    const response = await this.#send(user, call);
    const wanted = response.headers.get("DPoP-Nonce");
    if (wanted !== null) this.#nonce = wanted;
    // Once: an API that is never content is left with its refusal.
    if (response.status !== 401 || wanted === null || wanted === sent || !wantsNonce(response)) return response;
    return this.#send(user, call);
  }

  /** A proof for opening the feed, where one is needed. */
  proof(user: User, url: string): Promise<string | undefined> {
    return this.#manager.dpopProof(url, user, "GET", this.#nonce);
  }

  async #send(user: User, { path, method = "GET", body, key }: Call): Promise<Response> {
    // Whatever follows the API's address must not become part of its host, or the token goes elsewhere.
    if (!path.startsWith("/")) throw new Error(`${path} is no path of the API`);
    const { origin, pathname } = new URL(this.#settings.api + path);
    const headers = new Headers({ Accept: "application/json" });
    const inCookie = isInCookie(this.#settings);
    if (!inCookie) headers.set("Authorization", `${this.#settings.dpop ? "DPoP" : "Bearer"} ${user.access_token}`);
    const proof = await this.#manager.dpopProof(origin + pathname, user, method, this.#nonce);
    if (proof !== undefined) headers.set("DPoP", proof);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (key !== undefined) headers.set("Idempotency-Key", key);
    const request: RequestInit = {
      method,
      headers,
      credentials: inCookie ? "include" : "omit",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(LONGEST_MS),
      ...(body !== undefined && { body }),
    };
    return fetch(this.#settings.api + path, request).catch(noAnswer);
  }
}

function wantsNonce(response: Response): boolean {
  return /\berror="?use_dpop_nonce\b/.test(response.headers.get("WWW-Authenticate") ?? "");
}

/** Too late is the same to the page as not at all. */
function noAnswer(cause: unknown): never {
  if (cause instanceof DOMException && cause.name === "TimeoutError") throw new TypeError("the API did not answer in time");
  throw cause;
}
