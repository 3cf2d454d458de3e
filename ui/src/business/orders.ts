// What the user has ordered, from an API of its own.
import type { Bank, Order } from "./bank";
import { Ended } from "./bank";
import { card } from "./card";
import { element } from "./element";

export class Orders {
  readonly element: HTMLElement;
  readonly #list = element("ul", { class: "list" });
  readonly #word = element("p", { class: "hint" });

  constructor() {
    this.element = card("orders", "Orders", this.#word, this.#list);
  }

  /** A service that does not answer takes its own part of the page away, and no other; only `Ended` is passed on. */
  async load(bank: Bank): Promise<void> {
    try {
      const orders = await bank.orders();
      this.element.hidden = orders === undefined;
      this.#list.replaceChildren(...(orders ?? []).map(entry));
      this.#word.textContent = orders?.length === 0 ? "You have ordered nothing." : "";
    } catch (error) {
      if (error instanceof Ended) throw error;
      this.#word.textContent = "Your orders cannot be shown now.";
    }
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#word.textContent = "";
  }
}

function entry({ id, item }: Order): HTMLElement {
  return element("li", {}, element("span", {}, item), element("span", { class: "soft" }, `No. ${id}`));
}
