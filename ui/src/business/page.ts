// Brings sign-in, business and view together; the same in every architecture.
import type { SignIn } from "../sign-in";
import { Bank, Ended } from "./bank";
import { money, View } from "./view";

export async function openPage(signIn: SignIn): Promise<void> {
  const page = new Page(signIn);
  await page.open();
}

class Page {
  readonly #signIn: SignIn;
  readonly #bank: Bank;
  readonly #view = new View();
  #name: string | undefined;

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
    this.#bank = new Bank(signIn);
    this.#view.signIn.addEventListener("click", () => void this.#leave(this.#view.signIn, () => signIn.begin()));
    this.#view.signOut.addEventListener("click", () => void this.#leave(this.#view.signOut, () => signIn.end()));
    this.#view.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    // A page that comes back out of the browser's memory may show what was ended meanwhile.
    addEventListener("pageshow", (event) => {
      if (event.persisted) void this.open();
    });
  }

  async open(): Promise<void> {
    this.#name = undefined;
    this.#view.show("loading");
    this.#view.say("Loading…");
    try {
      this.#name = (await this.#signIn.resume())?.name;
      if (this.#name !== undefined) this.#view.showAccounts(await this.#bank.accounts());
      this.#view.say("");
      this.#view.show(this.#name === undefined ? "signed-out" : "signed-in", this.#name);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #send(): Promise<void> {
    const fields = new FormData(this.#view.form);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    const transfer = { from: text("from"), to: text("to"), amount: Number(text("amount")) };
    this.#view.busy(true);
    try {
      await this.#bank.transfer(transfer);
      this.#view.form.reset();
      this.#view.showAccounts(await this.#bank.accounts());
      this.#view.say(`Sent ${money(transfer.amount)} from ${transfer.from} to ${transfer.to}.`);
    } catch (error) {
      if (error instanceof Ended) this.#fail(error);
      else this.#view.say(textOf(error), "problem");
    } finally {
      this.#view.busy(false);
    }
  }

  async #leave(button: HTMLButtonElement, away: () => Promise<void>): Promise<void> {
    button.disabled = true;
    try {
      await away();
    } catch (error) {
      this.#view.say(textOf(error), "problem");
    } finally {
      button.disabled = false;
    }
  }

  #fail(error: unknown): void {
    if (error instanceof Ended) {
      this.#name = undefined;
      this.#view.show("signed-out");
      this.#view.say("Your session has ended. Sign in to go on.", "problem");
    } else {
      this.#view.show("error", this.#name);
      this.#view.say(textOf(error), "problem");
    }
  }
}

function textOf(error: unknown): string {
  // What `fetch` throws without an answer says nothing to anybody.
  if (error instanceof TypeError) return "The service cannot be reached. Check your connection, then try again.";
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
