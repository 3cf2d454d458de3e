// Transfers as they happen.
import type { Moved } from "../sign-in";
import { card } from "./card";
import { element } from "./element";
import { money } from "./format";

/** How many are shown; what is older scrolls out. */
const SHOWN = 8;
const ANNOUNCED = { "aria-live": "polite", "aria-relevant": "additions" };

export class Feed {
  readonly element: HTMLElement;
  readonly #state = element("p", { class: "hint" });
  readonly #list = element("ol", { id: "live-transfers", class: "list", ...ANNOUNCED });

  constructor() {
    this.element = card("live", "Live", this.#state, this.#list);
  }

  listening(): void {
    this.#state.textContent = "Transfers from and to your accounts appear here as they happen.";
  }

  missed(): void {
    this.#state.textContent = "Some transfers may be missing here: they came too fast, or while the connection was lost.";
  }

  silent(): void {
    this.#state.textContent = "Transfers cannot be shown live now. Load the page again to see what has happened.";
  }

  add({ transfer, from, to, amount }: Moved, own: ReadonlySet<string>): void {
    const comes = own.has(to);
    const words = `${money(amount)} from ${from} to ${to}`;
    const change = { class: `amount ${comes ? "good" : "soft"}`, "aria-hidden": "true" };
    const sign = element("span", change, `${comes ? "+" : "−"}${money(amount)}`);
    const entry = element("li", { "data-transfer": String(transfer) }, element("span", {}, words), sign);
    this.#list.prepend(entry);
    while (this.#list.childElementCount > SHOWN) this.#list.lastElementChild?.remove();
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#state.textContent = "";
  }
}
