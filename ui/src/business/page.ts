// Brings sign-in and business together; the same in every architecture.
import type { PageSettings, Reason, SignIn, User, Wish } from "../sign-in";
import { Bank, Ended, TooWeak, type Transfer } from "./bank";
import { Desk } from "./desk";
import { counted, textOf, transferred } from "./format";
import { keepDraft, keepSignedOut, takeDraft, takeParameter, takeSignedOut } from "./leftovers";
import { forgetNotes, keepNoteOfAddress } from "./notes";
import { Offline } from "./offline";
import { View } from "./view";

export async function openPage(signIn: SignIn): Promise<void> {
  await new Page(signIn).open();
}

class Page {
  readonly #signIn: SignIn;
  readonly #bank: Bank;
  readonly #desk: Desk;
  readonly #offline: Offline;
  readonly #view: View;
  #settings: PageSettings = {};
  #name: string | undefined;
  #opening: Promise<void> | undefined;
  #stop: (() => void)[] = [];

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
    this.#bank = new Bank(signIn);
    this.#desk = new Desk(signIn, (transfer) => this.#transfer(transfer), (text, kind) => this.#view.say(text, kind));
    this.#offline = new Offline(this.#bank, (count, error) => void this.#sent(count, error));
    this.#view = new View(...this.#desk.columns(this.#offline.element));
    this.#view.signIn.addEventListener("click", () => void this.#leave(this.#view.signIn, () => signIn.begin()));
    this.#view.signOut.addEventListener("click", () => void this.#signOut());
    this.#view.retry.addEventListener("click", () => void this.open().then(() => this.#view.moveToTitle()));
    // A page that comes back out of the browser's memory may show what was ended meanwhile.
    addEventListener("pageshow", (event) => {
      if (event.persisted) void this.open();
    });
    addEventListener("online", () => void this.#online());
    addEventListener("offline", () => this.#showNetwork());
  }

  /** Finds out who is signed in, and shows it. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#forget();
    this.#view.show("loading");
    this.#view.say("Loading…");
    try {
      this.#settings = await this.#signIn.settings();
      keepNoteOfAddress(this.#settings.widget);
      this.#offline.use(this.#settings.pwa === true);
      this.#showNetwork();
      const user = await this.#signIn.resume();
      if (user) await this.#enter(user);
      else if (navigator.onLine || !(await this.#enterOffline())) this.#nobody(takeSignedOut());
    } catch (error) {
      if (!(error instanceof TypeError && (await this.#enterOffline()))) this.#fail(error);
    }
  }

  async #enter({ name, id = name }: User): Promise<void> {
    this.#name = name;
    this.#desk.show(id, await this.#bank.books(), this.#settings);
    this.#view.because(undefined);
    this.#view.show("signed-in", name);
    this.#follow();
    this.#fillIn(takeDraft());
    void this.#desk.loadTheRest(this.#bank).catch((error: unknown) => this.#fail(error));
    await this.#offline.enter({ id, name });
  }

  /** Without a network nobody can be asked who is signed in; who was can still write what is sent later. */
  async #enterOffline(): Promise<boolean> {
    const owner = await this.#offline.owner();
    if (!owner) return false;
    this.#name = owner.name;
    this.#view.say("");
    this.#view.show("offline", owner.name);
    return true;
  }

  #nobody(reason: Reason | undefined): void {
    this.#view.show("signed-out");
    this.#view.because(reason);
    // The page may have been left before it had forgotten what its user was told would be lost.
    if (reason === "here") void this.#discard();
    // The address is anybody's to write, so what it says of the reason is not shown.
    const failed = takeParameter("sign_in_failed") !== undefined;
    if (failed) this.#view.say("The sign-in could not be completed, so nobody is signed in. Try again.", "problem");
    this.#watch();
  }

  /** Listens to the user's transfers, and to the end of the sign-in. */
  #follow(): void {
    this.#desk.feed.listening();
    const onEnd = (reason?: Reason): void => (reason ? this.#ended(reason) : this.#desk.feed.silent());
    const onMissed = (): void => {
      this.#desk.feed.missed();
      void this.#readBooks();
    };
    this.#stop.push(this.#signIn.live((moved) => this.#desk.follow(moved), onEnd, onMissed));
    this.#watch();
  }

  #watch(): void {
    const onChange = (reason?: Reason): void => {
      if (reason) this.#ended(reason);
      else void this.open();
    };
    const stop = this.#signIn.watch?.(onChange);
    if (stop) this.#stop.push(stop);
  }

  /** Carries a transfer out, and tells whether its form is done with. */
  async #transfer(transfer: Transfer): Promise<boolean> {
    this.#view.say("");
    if (await this.#offline.takes(transfer)) {
      this.#view.say(`You are offline. ${transferred("Kept", transfer)} It is sent when you are back.`);
      return true;
    }
    const key = this.#offline.key();
    try {
      await this.#bank.transfer(transfer, key);
    } catch (error) {
      return this.#notSent(transfer, key, error);
    }
    await this.#carriedOut(transferred("Sent", transfer));
    return true;
  }

  async #carriedOut(news: string): Promise<void> {
    this.#view.say(news);
    await this.#readBooks(`${news} `);
  }

  async #readBooks(news = ""): Promise<void> {
    const name = this.#name;
    try {
      const books = await this.#bank.books();
      // Whoever asked may have signed out meanwhile.
      if (this.#name === name) this.#desk.showBooks(books);
    } catch (error) {
      if (error instanceof Ended) this.#fail(error);
      else this.#view.say(`${news}Your balances cannot be read anew now.`);
    }
  }

  async #notSent(transfer: Transfer, key: string | undefined, error: unknown): Promise<boolean> {
    if (error instanceof TooWeak) {
      keepDraft(transfer);
      await this.#stepUp(error.wish);
    } else if (error instanceof Ended) {
      this.#fail(error);
    } else if (error instanceof TypeError) {
      const doubt = "No answer came. It may have been sent all the same: see your balances before you send it again.";
      this.#view.say(doubt, "problem");
      return this.#offline.doubts(transfer, key);
    } else {
      this.#view.say(textOf(error), "problem");
    }
    return false;
  }

  async #stepUp(wish: Wish): Promise<void> {
    this.#view.say("This needs a fresh sign-in. You are being taken there.");
    try {
      await this.#signIn.begin({ ...wish, return_url: location.pathname + location.search });
    } catch (error) {
      this.#view.say(textOf(error), "problem");
    }
  }

  #fillIn(draft: Transfer | undefined): void {
    if (!draft) return;
    this.#desk.form.fill(draft);
    this.#view.say("Your transfer is filled in again. Check it, then send it.");
  }

  /** What was waiting has been sent, or not. */
  async #sent(count: number, error: unknown): Promise<void> {
    if (count > 0) await this.#carriedOut(`Sent ${counted(count, "transfer")} that waited for a network.`);
    if (error instanceof TooWeak) await this.#stepUp(error.wish);
    else if (error instanceof Ended) this.#fail(error);
    else if (error !== undefined) this.#view.say(textOf(error), "problem");
  }

  async #signOut(): Promise<void> {
    const waiting = this.#offline.warning();
    if (waiting !== undefined) return this.#view.say(waiting, "problem");
    keepSignedOut();
    forgetNotes();
    // What this page ends itself must not come back to it as news.
    this.#quiet();
    const failed = await this.#leave(this.#view.signOut, () => this.#signIn.end());
    if (failed === undefined) return this.#discard();
    takeSignedOut();
    // It may have ended here all the same, only not everywhere.
    if (await this.#signIn.resume().catch(() => true)) return this.#follow();
    this.#ended("here");
    this.#view.say(`You have signed out here, but perhaps not everywhere. ${failed}`, "problem");
  }

  /** Says what went wrong, if the page is not left. */
  async #leave(button: HTMLButtonElement, away: () => Promise<void>): Promise<string | undefined> {
    button.disabled = true;
    try {
      await away();
      return undefined;
    } catch (error) {
      const failed = textOf(error);
      this.#view.say(failed, "problem");
      return failed;
    } finally {
      button.disabled = false;
    }
  }

  #fail(error: unknown): void {
    if (error instanceof Ended) return this.#ended("expired");
    this.#view.show("error", this.#name);
    this.#view.say(textOf(error), "problem");
  }

  #ended(reason: Reason): void {
    if (this.#name === undefined) return;
    this.#forget();
    this.#nobody(reason);
    this.#view.moveToTitle();
  }

  /** Nothing of a user stays in a page that nobody is signed in to. */
  #forget(): void {
    this.#quiet();
    this.#name = undefined;
    this.#desk.clear();
    this.#offline.leave();
  }

  /** Nothing of a user stays in a browser that they have signed out of. */
  async #discard(): Promise<void> {
    forgetNotes();
    await this.#offline.forget();
  }

  #quiet(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  async #online(): Promise<void> {
    this.#showNetwork();
    const state = document.documentElement.dataset["state"];
    if (state === "offline" || state === "error") await this.open();
    else await this.#offline.send();
  }

  #showNetwork(): void {
    this.#view.network(navigator.onLine, this.#settings.pwa === true);
  }
}
