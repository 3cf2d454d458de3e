// The OIDC client, set up as the settings say, and renewing one at a time among all tabs.
import {
  InMemoryWebStorage,
  UserManager,
  WebStorageStateStore,
  type INavigator,
  type SessionStatus,
  type SigninSilentArgs,
  type StateStore,
  type User,
  type UserManagerSettings,
} from "oidc-client-ts";
import { bounded } from "./bounded";
import { Generation } from "./generation";
import { checkIdToken } from "./id-token";
import { keysFor } from "./keys";
import { NotRenewable, Refused } from "./refused";
import { isShared, type Settings } from "./settings";

/** How long the provider may take for a sign-in or a renewal. */
const LONGEST_MS = 15_000;
/** How long a tab waits for others that renew. */
const LONGEST_WAIT_MS = 20_000;
/** How long a sign-out waits for a renewal, before it goes on without. */
const SIGN_OUT_WAIT_MS = 3_000;

export class Manager extends UserManager {
  readonly #settings: Settings;
  readonly #generation: Generation | undefined;
  #renewal: Promise<User | null> | undefined;
  #expects = 0;

  constructor(settings: Settings, transactions: StateStore, leaving: INavigator, framing: INavigator) {
    super(options(settings, transactions), leaving, undefined, framing);
    this.#settings = settings;
    if (isShared(settings) && settings.rt_lock) this.#generation = new Generation(settings.client_id);
  }

  /** What a sign-in asks for besides: its own nonce, so that no other sign-in's ID token answers it. */
  get fresh(): { nonce?: string } {
    return this.#settings.nonce ? { nonce: crypto.randomUUID() } : {};
  }

  /** Returns who is kept, without setting any timer. */
  stored(): Promise<User | null> {
    return this._loadUser();
  }

  // A refresh token works once; two renewals at a time would look like a theft and end the sign-in (RFC 9700 §4.14.2).
  override signinSilent(args: SigninSilentArgs = {}): Promise<User | null> {
    this.#renewal ??= this.#renew(args).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  override querySessionStatus(): Promise<SessionStatus | null> {
    return bounded(LONGEST_MS, super.querySessionStatus(this.fresh));
  }

  /** Redeems the code of an answer. */
  complete(answer: string): Promise<User> {
    return this.#expecting(this.signinRedirectCallback(answer));
  }

  /** Nothing is kept that was not checked, wherever it came from, and nothing that came too late. */
  override async storeUser(user: User | null): Promise<void> {
    if (user) await this.#check(user);
    if (user && this.#expects === 0) throw new Refused("The sign-in service answered too late.");
    await super.storeUser(user);
    await this.#generation?.note(user);
  }

  /** Removes the user and returns who it was; a renewal under way, here or in another tab, brings nobody back. */
  async take(): Promise<User | null> {
    if (this.#renewal) await bounded(SIGN_OUT_WAIT_MS, this.#renewal).catch(() => null);
    const remove = async (): Promise<User | null> => {
      const user = await this.#latest();
      await this.removeUser();
      return user;
    };
    // A lock that is not to be had keeps nobody signed in.
    return this.#alone(SIGN_OUT_WAIT_MS, remove).catch(remove);
  }

  override async removeUser(): Promise<void> {
    this.#expects = 0;
    await super.removeUser();
  }

  async #expecting<T>(work: Promise<T>): Promise<T> {
    this.#expects += 1;
    return bounded(LONGEST_MS, work).finally(() => {
      this.#expects = Math.max(this.#expects - 1, 0);
    });
  }

  async #renew(args: SigninSilentArgs): Promise<User | null> {
    if (!this.#settings.rt_lock) return this.#silently(args);
    const before = await this.stored();
    return this.#alone(LONGEST_WAIT_MS, async () => {
      // Another tab that has the same tokens may have renewed them meanwhile, or ended the sign-in.
      const now = await this.#latest();
      if (!before || now?.access_token === before.access_token) return this.#silently(args);
      // The timers of this tab begin anew with what the other has fetched.
      return this.getUser();
    });
  }

  async #latest(): Promise<User | null> {
    return this.#generation ? this.#generation.settled(() => this.stored()) : this.stored();
  }

  async #silently(args: SigninSilentArgs): Promise<User | null> {
    if (this.#settings.renewal === "hidden-frame") {
      return this.#expecting(super.signinSilent({ ...this.fresh, ...args, forceIframeAuth: true }));
    }
    if (!(await this.stored())?.refresh_token) throw new NotRenewable("there is no refresh token");
    return this.#expecting(super.signinSilent(args));
  }

  /** Does something in one tab at a time (W3C Web Locks). */
  #alone<T>(wait_ms: number, act: () => Promise<T>): Promise<T> {
    if (!this.#settings.rt_lock || !navigator.locks) return act();
    const signal = AbortSignal.timeout(wait_ms);
    return navigator.locks.request(`sign-in ${this.#settings.client_id}`, { signal }, act);
  }

  async #check(user: User): Promise<void> {
    const { dpop } = this.#settings;
    if (!user.access_token) throw new Refused("The sign-in service handed out no access token.");
    // RFC 6749 §7.1: a token of a kind that was not asked for is not used; an unbound one is worth something to a thief.
    if (user.token_type.toLowerCase() !== (dpop ? "dpop" : "bearer")) {
      throw new Refused("The sign-in service hands out tokens of another kind than this application asks for.");
    }
    // One that was checked when it came is too old by the time of the next refresh, which need not bring another.
    const known = (await this.stored())?.id_token;
    if (user.id_token === undefined || user.id_token !== known) await checkIdToken(user, this.#settings, this.metadataService);
  }
}

function options(settings: Settings, transactions: StateStore): UserManagerSettings {
  const { authority, client_id, redirect_uri, silent_redirect_uri, post_logout_redirect_uri, scope, resource } = settings;
  return {
    authority,
    client_id,
    redirect_uri,
    silent_redirect_uri,
    post_logout_redirect_uri,
    scope,
    ...(resource !== null && { resource }),
    response_type: "code",
    disablePKCE: !settings.pkce,
    userStore: new WebStorageStateStore({ store: storage(settings) }),
    stateStore: transactions,
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: 30,
    loadUserInfo: false,
    fetchRequestCredentials: "omit",
    requestTimeoutInSeconds: 10,
    // In a worker the key does not outlive the way to the provider, so the code cannot be bound to it; PKCE binds it.
    ...(settings.dpop && { dpop: { store: keysFor(settings), bind_authorization_code: settings.store !== "worker" } }),
  };
}

function storage({ store }: Settings): Storage {
  switch (store) {
    case "session-storage":
      return sessionStorage;
    case "local-storage":
      return localStorage;
    default:
      return new InMemoryWebStorage();
  }
}
