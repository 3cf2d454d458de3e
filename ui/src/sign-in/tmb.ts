// The sign-in through a backend that hands the page an access token (RFC 10017 §6.2): the page calls the API itself.
import type { Moved, Reason, SignIn, User } from "../sign-in";
import { Backend } from "./backend";
import { readSettings } from "./backend/settings";
import { listenToSocket } from "./backend/socket";
import { fetchInTime } from "./in-time";
import { stepUp } from "./step-up";

/** How long before its end a token is no longer used, in seconds. */
const MARGIN_S = 10;

interface HandedOut {
  readonly access_token: string;
  readonly expires_at: number;
  readonly api: string;
}

class Mediated extends Backend implements SignIn {
  /** In memory only, and asked for once at a time. */
  #handedOut: Promise<HandedOut | undefined> | undefined;

  async call(path: string, body?: unknown, key?: string): Promise<Response> {
    const token = await this.#token();
    if (!token) return new Response(null, { status: 401 });
    const response = await ask(token, path, body, key);
    if (response.status !== 401 || stepUp(response)) return response;
    // Revoked, or ended sooner than was said.
    const next = await this.#token(token);
    return next && next.access_token !== token.access_token ? ask(next, path, body, key) : response;
  }

  /** Whoever is found may be somebody else than the one whom the token speaks for. */
  override resume(): Promise<User | undefined> {
    this.#handedOut = undefined;
    return super.resume();
  }

  override watch(onChange: (reason?: Reason) => void): () => void {
    return super.watch((reason) => {
      this.#handedOut = undefined;
      onChange(reason);
    });
  }

  override end(): Promise<void> {
    this.#handedOut = undefined;
    return super.end();
  }

  live(onEvent: (moved: Moved) => void, onEnd: (reason?: Reason) => void, onMissed?: () => void): () => void {
    const over = async (): Promise<Reason | undefined> => {
      this.#handedOut = undefined;
      return this.reason();
    };
    return listenToSocket(() => this.#open(), over, onEvent, onEnd, onMissed);
  }

  async #open(): Promise<WebSocket> {
    const token = await this.#token();
    if (!token) throw new Error("nobody is signed in");
    const socket = new WebSocket(`${token.api.replace(/^http/, "ws")}/live`);
    // As the first message, because an address ends up in logs (RFC 9700 §4.3.2).
    socket.addEventListener("open", () => socket.send(JSON.stringify({ access_token: token.access_token })));
    return socket;
  }

  async #token(refused?: HandedOut): Promise<HandedOut | undefined> {
    const held = this.#handedOut;
    const known = await held?.catch(() => undefined);
    const isHeld = this.#handedOut === held;
    if (isHeld && known && known !== refused && known.expires_at - MARGIN_S > Date.now() / 1000) return known;
    // Of several that find it too old, or dropped meanwhile, one asks.
    if (isHeld || this.#handedOut === undefined) this.#handedOut = this.#ask();
    return this.#handedOut;
  }

  async #ask(): Promise<HandedOut | undefined> {
    const response = await this.send("/bff/tokens", "GET");
    if (response.status === 401) return undefined;
    if (!response.ok) throw new Error(`The application handed out no access token (${response.status}).`);
    const token = (await response.json()) as HandedOut;
    if (domain !== undefined) keepInCookie(token, domain);
    return token;
  }
}

/** Where the weakened page keeps its access token; the reference keeps it in memory. */
const domain = readSettings().cookie_domain;

function keepInCookie(token: HandedOut, parent: string): void {
  const life = Math.max(0, Math.round(token.expires_at - Date.now() / 1000));
  document.cookie = `access-token=${token.access_token}; Domain=${parent}; Path=/; Secure; SameSite=None; Max-Age=${life}`;
}

async function ask(token: HandedOut, path: string, body?: unknown, key?: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (domain === undefined) headers["Authorization"] = `Bearer ${token.access_token}`;
  const credentials = domain === undefined ? "omit" : "include";
  const request: RequestInit = { headers, credentials, cache: "no-store", redirect: "error" };
  if (key !== undefined) headers["Idempotency-Key"] = key;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.method = "POST";
    request.body = JSON.stringify(body);
  }
  return fetchInTime(token.api + path, request);
}

export const signIn: SignIn = new Mediated();
