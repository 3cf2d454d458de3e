// The sign-in in the page: it calls the API itself, and keeps its tokens where its host says.
import type { Moved, PageSettings, Reason, SignIn, User, Wish } from "../sign-in";
import { Client } from "./spa/client";
import type { Answer, Holder, Person, Surroundings } from "./spa/holder";
import { Monitor } from "./spa/monitor";
import { surroundings } from "./spa/page";
import { isCallback, returnTo } from "./spa/return";
import { fetchSettings, isInCookie, isShared, type Settings } from "./spa/settings";
import { Tabs, type News } from "./spa/tabs";
import { startWorker } from "./spa/worker";

interface Started {
  readonly settings: Settings;
  readonly holder: Holder;
  readonly monitor: Monitor;
}

interface Listener {
  readonly onEvent: (moved: Moved) => void;
  readonly onEnd: (reason?: Reason) => void;
  readonly onMissed?: (() => void) | undefined;
}

class Spa implements SignIn {
  readonly #tabs = new Tabs((news) => void this.#hear(news).catch(() => undefined));
  readonly #watchers = new Set<(reason?: Reason) => void>();
  readonly #listeners = new Set<Listener>();
  #starting: Promise<Started> | undefined;
  #person: Person | undefined;
  #isLeaving = false;

  async settings(): Promise<PageSettings> {
    return (await this.#start()).settings;
  }

  async resume(): Promise<User | undefined> {
    const started = await this.#start();
    this.#person = isCallback(started.settings) ? await this.#complete(started) : await started.holder.who();
    if (this.#person && started.settings.monitor) void started.monitor.watch(this.#person).catch(() => undefined);
    return this.#person && { name: this.#person.name, id: this.#person.sub };
  }

  async begin(wish: Wish = {}): Promise<void> {
    const { holder } = await this.#start();
    const linked = new URLSearchParams(location.search).get("return_url");
    await holder.begin({ ...(linked !== null && { return_url: linked }), ...wish });
  }

  async end(): Promise<void> {
    const { holder, monitor } = await this.#start();
    monitor.stop();
    this.#isLeaving = true;
    try {
      await holder.end();
    } catch (error) {
      this.#over("here");
      throw error;
    } finally {
      this.#isLeaving = false;
    }
  }

  async call(path: string, body?: unknown, key?: string): Promise<Response> {
    const { holder } = await this.#start();
    const posted = body !== undefined && ({ method: "POST", body: JSON.stringify(body) } as const);
    return responseOf(await holder.call({ path, ...posted, ...(key !== undefined && { key }) }));
  }

  live(onEvent: (moved: Moved) => void, onEnd: (reason?: Reason) => void, onMissed?: () => void): () => void {
    const listener = { onEvent, onEnd, onMissed };
    this.#listeners.add(listener);
    const holder = this.#start().then((started) => started.holder);
    holder.then((near) => near.listen()).catch(() => this.#silent());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) holder.then((near) => near.silence()).catch(() => undefined);
    };
  }

  watch(onChange: (reason?: Reason) => void): () => void {
    this.#watchers.add(onChange);
    // Whoever comes back to the page must not find what has ended meanwhile; a page in the background asks nothing.
    const look = (): void => {
      if (document.visibilityState === "visible" && this.#person) void this.call("/accounts").catch(() => undefined);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      this.#watchers.delete(onChange);
      document.removeEventListener("visibilitychange", look);
    };
  }

  #start(): Promise<Started> {
    this.#starting ??= this.#open().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #open(): Promise<Started> {
    const settings = await fetchSettings();
    const around = surroundings({
      ended: async (reason) => this.#ended(settings, reason),
      moved: async (moved) => this.#listeners.forEach(({ onEvent }) => onEvent(moved)),
      missed: async () => this.#listeners.forEach(({ onMissed }) => onMissed?.()),
      silent: async (reason) => this.#silent(reason),
    });
    const holder = settings.store === "worker" ? startWorker(around) : startHere(settings, around);
    const monitor = new Monitor(settings.client_id, holder, () => void this.#lose(settings, holder));
    return { settings, holder, monitor };
  }

  async #complete({ settings, holder }: Started): Promise<Person> {
    const answer = location.href;
    // Before anything else: a code in the address bar is in the history, and one click from being sent on.
    history.replaceState(null, "", "/");
    const { person, returnTo: wish } = await holder.complete(answer);
    returnTo(settings, wish);
    if (settings.sync && isShared(settings)) this.#tabs.tell({ kind: "began" });
    return person;
  }

  /** The holder has dropped its tokens. */
  #ended(settings: Settings, reason: Reason): void {
    const sid = this.#person?.sid;
    if (settings.sync) this.#tabs.tell({ kind: "ended", ...(sid !== undefined && { sid }) });
    if (!this.#isLeaving) this.#over(reason);
  }

  /** The provider's session is gone, so the holder must drop its tokens. */
  async #lose(settings: Settings, holder: Holder): Promise<void> {
    await holder.forget();
    this.#ended(settings, "elsewhere");
  }

  /** Another tab, or the provider's frame, has something to say. */
  async #hear(news: News): Promise<void> {
    if (!this.#starting) return;
    const { settings, holder } = await this.#starting;
    if (news.kind === "began") {
      if (settings.sync && isShared(settings)) this.#watchers.forEach((watcher) => watcher());
      return;
    }
    const isHeeded = news.kind === "ended" ? settings.sync : settings.fcl;
    const isMeant = this.#person && (news.sid === undefined || news.sid === this.#person.sid);
    if (!isHeeded || !isMeant) return;
    await holder.forget();
    this.#over(news.kind === "ended" ? "here" : "elsewhere");
  }

  /** Tells the page, once per sign-in. */
  #over(reason: Reason): void {
    if (!this.#person) return;
    this.#person = undefined;
    void this.#starting?.then(({ monitor }) => monitor.stop());
    this.#silent(reason);
    this.#watchers.forEach((watcher) => watcher(reason));
  }

  #silent(reason?: Reason): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const { onEnd } of listeners) onEnd(reason);
  }
}

function startHere(settings: Settings, around: Surroundings): Holder {
  if (!isInCookie(settings)) return new Client(settings, around);
  // The weakened page keeps the access token where every browser sends it by itself.
  return new Client(settings, around, (value, life_s) => {
    const rules = `Domain=${settings.cookie_domain}; Path=/; Secure; SameSite=None`;
    document.cookie = `access-token=${value}; ${rules}; Max-Age=${life_s}`;
  });
}

function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers: headers.map(([name, value]): [string, string] => [name, value]) });
}

export const signIn: SignIn = new Spa();
