// The parts of the page that show what is the user's; nothing of it stays when nobody is signed in.
import type { Moved, PageSettings, SignIn } from "../sign-in";
import { Accounts } from "./accounts";
import type { Bank, Books, Transfer } from "./bank";
import { Feed } from "./feed";
import { Notes } from "./notes";
import { Orders } from "./orders";
import { Sessions } from "./sessions";
import { TransferForm } from "./transfer-form";

export class Desk {
  readonly feed = new Feed();
  readonly form: TransferForm;
  readonly orders = new Orders();
  readonly sessions: Sessions;
  readonly #accounts = new Accounts();
  readonly #notes = new Notes();

  constructor(
    signIn: SignIn,
    send: (transfer: Transfer) => Promise<boolean>,
    say: (text: string, kind: "note" | "problem") => void,
  ) {
    this.form = new TransferForm(send);
    this.sessions = new Sessions(signIn, say);
  }

  /** What is for doing, and what is for knowing; `waiting` is what the page keeps for later. */
  columns(waiting: HTMLElement): [HTMLElement[], HTMLElement[]] {
    const { feed, form, orders, sessions } = this;
    const left = [this.#accounts.element, form.element, waiting];
    return [left, [feed, orders, sessions, this.#notes].map((part) => part.element)];
  }

  /** `owner` is whose it is, unlike anybody else's. */
  show(owner: string, books: Books, { widget }: PageSettings): void {
    this.showBooks(books);
    this.#notes.show(owner, widget);
  }

  showBooks(books: Books): void {
    this.#accounts.show(books);
    this.form.offer(books);
  }

  follow(moved: Moved): void {
    this.feed.add(moved, new Set(this.#accounts.books.accounts.map(({ id }) => id)));
    this.#accounts.follow(moved);
    this.form.offer(this.#accounts.books);
  }

  /** Loads what the page can do without; only the end of the sign-in is passed on. */
  async loadTheRest(bank: Bank): Promise<void> {
    await Promise.all([this.orders.load(bank), this.sessions.load()]);
  }

  clear(): void {
    const { feed, form, orders, sessions } = this;
    for (const part of [this.#accounts, feed, form, orders, sessions, this.#notes]) part.clear();
  }
}
