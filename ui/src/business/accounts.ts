// What the user has.
import type { Moved } from "../sign-in";
import type { Account, Books } from "./bank";
import { card } from "./card";
import { element } from "./element";
import { money } from "./format";

const NOTHING: Books = { accounts: [], transfers: 0 };

export class Accounts {
  readonly element: HTMLElement;
  readonly #rows = element("tbody");
  readonly #total = element("strong", { class: "amount" });
  #books = NOTHING;

  constructor() {
    const heading = (text: string, kind: string): HTMLElement => element("th", { scope: "col", class: kind }, text);
    this.element = card(
      "balances",
      "Balances",
      element("p", { class: "total" }, element("span", {}, "Altogether"), this.#total),
      element(
        "table",
        { id: "accounts" },
        element("caption", { class: "unseen" }, "Accounts with their balances"),
        element("thead", {}, element("tr", {}, heading("Account", "name"), heading("Balance", "number"))),
        this.#rows,
      ),
    );
  }

  get books(): Books {
    return this.#books;
  }

  show(books: Books): void {
    this.#books = books;
    this.#rows.replaceChildren(...books.accounts.map(({ id, balance }) => row(id, balance)));
    this.#total.textContent = money(books.accounts.reduce((sum, { balance }) => sum + balance, 0));
  }

  /**
   * Carries over what the feed tells, without asking: a page that asked whenever somebody else sends money would keep a
   * session alive that its user has left.
   */
  follow({ transfer, from, to, amount }: Moved): void {
    // What was told before the balances were read is in them already.
    if (transfer <= this.#books.transfers) return;
    const change = (id: string): number => (id === to ? amount : 0) - (id === from ? amount : 0);
    const changed = (account: Account): Account => ({ ...account, balance: account.balance + change(account.id) });
    this.show({ accounts: this.#books.accounts.map(changed), transfers: transfer });
  }

  clear(): void {
    this.show(NOTHING);
  }
}

function row(id: string, balance: number): HTMLElement {
  const name = element("th", { scope: "row", class: "name" }, id);
  return element("tr", {}, name, element("td", { class: "number amount" }, money(balance)));
}
