// Where money is sent from.
import type { Books, Transfer } from "./bank";
import { card } from "./card";
import { element } from "./element";
import { Field } from "./field";
import { money } from "./format";

const PLAIN = { autocapitalize: "none", spellcheck: "false" };
const NUMBER = { inputmode: "numeric" };

export class TransferForm {
  readonly element: HTMLElement;
  readonly #from = new Field("transfer", "from", "From", { type: "text", list: "own-accounts", ...PLAIN });
  readonly #to = new Field("transfer", "to", "To", { type: "text", ...PLAIN }, "An account, such as bob-current.");
  readonly #amount = new Field("transfer", "amount", "Amount", { type: "text", ...NUMBER }, "In whole units.");
  readonly #choices = element("datalist", { id: "own-accounts" });
  readonly #send = element("button", { type: "submit", class: "primary" }, "Send money");
  readonly #form: HTMLFormElement;
  #books: Books = { accounts: [], transfers: 0 };

  /** `send` carries a transfer out whose form is right, and tells whether the form is done with. */
  constructor(send: (transfer: Transfer) => Promise<boolean>) {
    const fields = [this.#from, this.#to, this.#amount].flatMap(({ parts }) => parts);
    this.#form = element("form", { id: "transfer-form", novalidate: true }, ...fields, this.#choices, this.#send);
    this.element = card("transfer", "Send money", this.#form);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(send);
    });
  }

  /** Says what can be sent, and from where. */
  offer(books: Books): void {
    this.#books = books;
    this.#choices.replaceChildren(...books.accounts.map(({ id }) => element("option", { value: id })));
    this.#from.input.value ||= books.accounts[0]?.id ?? "";
  }

  fill({ from, to, amount }: Transfer): void {
    this.#from.input.value = from;
    this.#to.input.value = to;
    this.#amount.input.value = String(amount);
    this.#send.focus();
  }

  clear(): void {
    this.#form.reset();
    for (const field of [this.#from, this.#to, this.#amount]) field.mark(undefined);
    this.offer({ accounts: [], transfers: 0 });
  }

  async #submit(send: (transfer: Transfer) => Promise<boolean>): Promise<void> {
    if (this.#send.getAttribute("aria-disabled") === "true" || !this.#check()) return;
    // Not `disabled`, which would take the focus away from whoever pressed it.
    this.#send.setAttribute("aria-disabled", "true");
    try {
      const done = await send({ from: this.#from.text, to: this.#to.text, amount: Number(this.#amount.text) });
      if (!done) return;
      this.#to.input.value = "";
      this.#amount.input.value = "";
    } finally {
      this.#send.removeAttribute("aria-disabled");
    }
  }

  /** Says what is wrong with each field, and leads to the first of them. */
  #check(): boolean {
    const payer = this.#books.accounts.find(({ id }) => id === this.#from.text);
    const wrong: [Field, string | undefined][] = [
      [this.#from, this.#from.text === "" ? "Say which account pays." : unknown(this.#books, this.#from.text)],
      [this.#to, recipient(this.#from.text, this.#to.text)],
      [this.#amount, amount(this.#amount.text, payer?.balance)],
    ];
    for (const [field, what] of wrong) field.mark(what);
    const first = wrong.find(([, what]) => what !== undefined);
    first?.[0].input.focus();
    return first === undefined;
  }
}

function unknown({ accounts }: Books, from: string): string | undefined {
  // Without a network the page may not know what the user has.
  if (accounts.length === 0 || accounts.some(({ id }) => id === from)) return undefined;
  return `${from} is not an account of yours.`;
}

function recipient(from: string, to: string): string | undefined {
  if (to === "") return "Say which account is to be paid.";
  return to === from ? "Choose another account than the one that pays." : undefined;
}

function amount(text: string, balance: number | undefined): string | undefined {
  if (text === "") return "Say how much.";
  const units = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(units) || units < 1) return "Give a whole number, 1 or more.";
  return balance !== undefined && units > balance ? `You have ${money(balance)} in this account.` : undefined;
}
