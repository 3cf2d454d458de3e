// What the page looks like in each of its states; it decides nothing.
import type { Account } from "./bank";
import { element } from "./element";

export type State = "loading" | "signed-out" | "signed-in" | "error";

export class View {
  readonly #who = element("span", { id: "who" }, "not signed in");
  readonly signIn = element("button", { id: "sign-in", type: "button", class: "primary" }, "Sign in");
  readonly signOut = element("button", { id: "sign-out", type: "button", class: "quiet", hidden: true }, "Sign out");
  readonly form: HTMLFormElement;
  readonly #status = element("p", { id: "status", role: "status" });
  readonly #rows = element("tbody");
  readonly #total = element("strong", { class: "amount" });
  readonly #choices = element("datalist", { id: "own-accounts" });
  readonly #send = element("button", { type: "submit", class: "primary" }, "Send money");
  readonly #main: HTMLElement;
  readonly #welcome: HTMLElement;
  readonly #business: HTMLElement;

  constructor() {
    this.form = this.#transferForm();
    this.#welcome = this.#welcomeCard();
    this.#business = element("div", { class: "business", hidden: true }, this.#accountsCard(), this.#transferCard());
    this.#main = element("main", { "aria-busy": "true" }, this.#status, this.#welcome, this.#business);
    const person = element("p", { class: "person" }, element("span", { class: "unseen" }, "User: "), this.#who);
    const brand = element("p", { class: "brand" }, element("span", { class: "mark", "aria-hidden": "true" }), "Accounts");
    document.getElementById("app")?.replaceChildren(element("header", {}, brand, person, this.signOut), this.#main);
  }

  /** Shows a state; `name` is who is signed in, if anybody is known to be. */
  show(state: State, name?: string): void {
    document.documentElement.dataset["state"] = state;
    this.#main.setAttribute("aria-busy", String(state === "loading"));
    this.#business.hidden = state !== "signed-in";
    // Whoever is signed in can sign out, even where nothing else works.
    this.signOut.hidden = name === undefined;
    this.#welcome.hidden = name !== undefined || state === "loading";
    this.#who.textContent = name ?? "not signed in";
  }

  say(text: string, kind: "note" | "problem" = "note"): void {
    this.#status.textContent = text;
    this.#status.className = kind;
  }

  showAccounts(accounts: readonly Account[]): void {
    this.#rows.replaceChildren(...accounts.map(row));
    this.#choices.replaceChildren(...accounts.map(({ id }) => element("option", { value: id })));
    this.#total.textContent = money(accounts.reduce((sum, { balance }) => sum + balance, 0));
    const from = this.form.elements.namedItem("from") as HTMLInputElement;
    from.value ||= accounts[0]?.id ?? "";
  }

  busy(busy: boolean): void {
    this.#send.disabled = busy;
  }

  #welcomeCard(): HTMLElement {
    return element(
      "section",
      { class: "card welcome", "aria-labelledby": "welcome" },
      element("h1", { id: "welcome" }, "Your money, in one place"),
      element("p", {}, "See what you have and send it on. Sign in to begin."),
      this.signIn,
    );
  }

  #accountsCard(): HTMLElement {
    const heading = (text: string, kind: string): HTMLElement => element("th", { scope: "col", class: kind }, text);
    return element(
      "section",
      { class: "card", "aria-labelledby": "your-accounts" },
      element("h1", { id: "your-accounts" }, "Your accounts"),
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

  #transferCard(): HTMLElement {
    const title = element("h2", { id: "send" }, "Send money");
    return element("section", { class: "card", "aria-labelledby": "send" }, title, this.form);
  }

  #transferForm(): HTMLFormElement {
    const text = { type: "text", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false" };
    const number = { type: "number", required: true, min: "1", step: "1", inputmode: "numeric", autocomplete: "off" };
    return element(
      "form",
      { id: "transfer-form" },
      ...field("From", { ...text, name: "from", list: "own-accounts" }),
      ...field("To", { ...text, name: "to" }, "An account's name, such as bob-current."),
      ...field("Amount", { ...number, name: "amount" }, "In whole units."),
      this.#choices,
      this.#send,
    );
  }
}

function field(label: string, attributes: Record<string, string | boolean>, hint?: string): HTMLElement[] {
  const id = `transfer-${String(attributes["name"])}`;
  const caption = element("label", { for: id }, label);
  if (hint === undefined) return [caption, element("input", { id, ...attributes })];
  const described = element("input", { id, "aria-describedby": `${id}-hint`, ...attributes });
  return [caption, described, element("p", { id: `${id}-hint`, class: "hint" }, hint)];
}

function row({ id, balance }: Account): HTMLElement {
  const name = element("th", { scope: "row", class: "name" }, id);
  return element("tr", {}, name, element("td", { class: "number amount" }, money(balance)));
}

export function money(units: number): string {
  return new Intl.NumberFormat("en").format(units);
}
