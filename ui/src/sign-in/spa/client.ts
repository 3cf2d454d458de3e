// Holds the tokens, and does everything that takes one. It runs in the page, or in a worker that no script of the page reads.
import type { User } from "oidc-client-ts";
import type { Reason, Wish } from "../../sign-in";
import { listenToSocket } from "../backend/socket";
import { stepUp } from "../step-up";
import { adopt, checkForm, checkIssuer, checkProvider, refuse } from "./answer";
import { Api } from "./api";
import { bounded } from "./bounded";
import type { Answer, Call, Completed, Holder, Person, Status, Surroundings } from "./holder";
import { Manager } from "./manager";
import { framing, leaving } from "./navigators";
import { isFinal } from "./refused";
import { revoke } from "./revoke";
import type { Settings } from "./settings";
import { openSocket } from "./socket";
import { forgetTransactions, Transactions } from "./transactions";

/** How long before its end an access token is no longer used for what lasts, in seconds. */
const MARGIN_S = 10;
/** How long the provider may take to say what it is, and what keys it has. */
const LONGEST_MS = 15_000;
const NOBODY: Answer = { status: 401, headers: [], body: null };

/** Where the weakened page keeps the access token; an empty one removes it. */
export type Keep = (access_token: string, life_s: number) => void;

export class Client implements Holder {
  readonly #settings: Settings;
  readonly #around: Surroundings;
  readonly #manager: Manager;
  readonly #api: Api;
  #stopListening: (() => void) | undefined;

  constructor(settings: Settings, around: Surroundings, keep?: Keep) {
    const frame = framing(around, (answer) => this.#check(answer));
    this.#settings = settings;
    this.#around = around;
    this.#manager = new Manager(settings, new Transactions(around), leaving(around), frame);
    this.#api = new Api(settings, this.#manager);
    const { events } = this.#manager;
    events.addSilentRenewError((error) => (isFinal(error) ? this.#lose("expired") : undefined));
    if (keep) {
      events.addUserLoaded((user) => keep(user.access_token, user.expires_in ?? 300));
      events.addUserUnloaded(() => keep("", 0));
    }
  }

  async who(): Promise<Person | undefined> {
    const user = await this.#manager.getUser();
    if (user) return personOf(user);
    // Without a refresh token the provider's session is what survives a reload.
    if (this.#settings.renewal !== "hidden-frame") return undefined;
    const found = await this.#manager.signinSilent().catch(() => null);
    return found ? personOf(found) : undefined;
  }

  async begin({ acr_values, max_age, return_url }: Wish): Promise<void> {
    const provider = this.#manager.metadataService;
    await bounded(LONGEST_MS, provider.getMetadata());
    if (this.#settings.iss) await checkProvider(provider, this.#settings);
    await this.#manager.signinRedirect({
      ...this.#manager.fresh,
      state: return_url ?? "/",
      ...(acr_values !== undefined && { acr_values }),
      ...(max_age !== undefined && { max_age: Number(max_age) }),
    });
  }

  async complete(answer: string): Promise<Completed> {
    try {
      await this.#check(answer);
      await adopt(this.#around, this.#settings, answer);
      const user = await this.#manager.complete(answer);
      return { person: personOf(user), ...(typeof user.state === "string" && { returnTo: user.state }) };
    } catch (cause) {
      return refuse(cause);
    } finally {
      await forgetTransactions(this.#around);
    }
  }

  async call(call: Call): Promise<Answer> {
    const user = await this.#manager.stored();
    if (!user) return NOBODY;
    let response = await this.#api.call(user, call);
    if (isRefused(response)) {
      const renewed = await this.#renewed(user);
      if (renewed) response = await this.#api.call(renewed, call);
      if (isRefused(response)) await this.#lose(user.expired ? "expired" : "elsewhere");
    }
    return answerOf(response);
  }

  async listen(): Promise<void> {
    const { moved, missed, silent } = this.#around;
    this.#stopListening ??= listenToSocket(
      () => this.#openSocket(),
      () => this.#over(),
      (news) => void moved(news),
      (reason) => {
        this.#stopListening = undefined;
        void silent(reason);
      },
      () => void missed(),
    );
  }

  async silence(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  async end(): Promise<void> {
    await this.silence();
    // First of all here: whatever fails from now on keeps nobody signed in.
    const user = await this.#manager.take();
    await this.#around.ended("here");
    const provider = this.#manager.metadataService;
    if (user && this.#settings.revoke) await revoke(user, this.#settings, provider);
    try {
      await bounded(LONGEST_MS, provider.getMetadata());
      if ((await provider.getEndSessionEndpoint()) === undefined) {
        return await this.#around.leave(this.#settings.post_logout_redirect_uri);
      }
      await this.#manager.signoutRedirect(user?.id_token ? { id_token_hint: user.id_token } : {});
    } catch (cause) {
      throw new Error("You are signed out here, but the sign-in service cannot be reached: you may still be signed in there.", {
        cause,
      });
    }
  }

  async forget(): Promise<void> {
    await this.silence();
    await this.#manager.removeUser();
  }

  sessionFrame(): Promise<string | undefined> {
    return bounded(LONGEST_MS, this.#manager.metadataService.getCheckSessionIframe());
  }

  async status(): Promise<Status | undefined> {
    try {
      const session = await this.#manager.querySessionStatus();
      return session?.sub === undefined ? undefined : { sub: session.sub, session_state: session.session_state };
    } catch (error) {
      if (isFinal(error)) return undefined;
      throw error;
    }
  }

  async #check(answer: string): Promise<void> {
    checkForm(answer);
    await bounded(LONGEST_MS, checkIssuer(this.#manager.metadataService, this.#settings, answer));
  }

  /** Returns another user than the one whose token was refused, or nobody. */
  async #renewed(refused: User): Promise<User | undefined> {
    const now = await this.#manager.stored();
    // Somebody else has renewed, or ended, what several calls found refused.
    if (!now || now.access_token !== refused.access_token) return now ?? undefined;
    try {
      return (await this.#manager.signinSilent()) ?? undefined;
    } catch (error) {
      if (isFinal(error)) return undefined;
      throw new TypeError("the sign-in service did not answer", { cause: error });
    }
  }

  async #lose(reason: Reason): Promise<void> {
    if (!(await this.#manager.stored())) return;
    await this.forget();
    await this.#around.ended(reason);
  }

  async #openSocket(): Promise<WebSocket> {
    const user = await this.#manager.stored();
    const isOld = user?.expires_in !== undefined && user.expires_in <= MARGIN_S;
    const good = user && isOld ? await this.#renewed(user) : user;
    if (!good) throw new Error("nobody is signed in");
    return openSocket(this.#settings, this.#api, good);
  }

  /** Tells whether the sign-in has ended, as far as the API says so. */
  async #over(): Promise<Reason | undefined> {
    const { status } = await this.call({ path: "/accounts" }).catch(() => ({ status: 0 }));
    return status === 401 && !(await this.#manager.stored()) ? "expired" : undefined;
  }
}

function personOf({ profile, session_state }: User): Person {
  const { preferred_username, name, sub, sid } = profile;
  return {
    name: preferred_username ?? name ?? sub,
    sub,
    ...(sid !== undefined && { sid }),
    ...(session_state !== null && { session_state }),
  };
}

/** What is too weak for one call is not refused: it is asked to be made stronger. */
function isRefused(response: Response): boolean {
  return response.status === 401 && stepUp(response) === undefined;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await response.arrayBuffer();
  return { status: response.status, headers: [...response.headers], body: body.byteLength > 0 ? body : null };
}
