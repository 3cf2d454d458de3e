// Transfers that wait to be sent, with what became of them.
import type { Outbox, Waiting } from "../offline/outbox";
import { card, moveTo } from "./card";
import { element } from "./element";
import { money, moment } from "./format";

export class WaitingList {
  readonly element: HTMLElement;
  readonly #list = element("ol", { id: "waiting-transfers", class: "list" });
  readonly #again: () => void;

  /** `again` sends what waits. */
  constructor(again: () => void) {
    this.#again = again;
    this.element = card("waiting", "Waiting to be sent", this.#list);
    this.element.hidden = true;
  }

  get count(): number {
    return this.#list.childElementCount;
  }

  async show(outbox: Outbox, owner: string): Promise<void> {
    const all = await outbox.all(owner);
    this.#list.replaceChildren(...all.map((waiting) => this.#entry(outbox, waiting)));
    this.element.hidden = all.length === 0;
  }

  clear(): void {
    this.#list.replaceChildren();
    this.element.hidden = true;
  }

  #entry(outbox: Outbox, waiting: Waiting): HTMLElement {
    const { from, to, amount } = waiting.transfer;
    const what = `${money(amount)} from ${from} to ${to}`;
    const words = element("span", {}, element("strong", {}, what), element("span", { class: "soft" }, state(waiting)));
    const button = (caption: string, act: () => Promise<void>): HTMLElement => {
      const made = element("button", { type: "button", class: "quiet", "aria-label": `${caption}: ${what}` }, caption);
      made.addEventListener("click", () => void act().then(() => this.#changed(outbox, waiting.owner)));
      return made;
    };
    const buttons = [button("Discard", () => outbox.discard(waiting))];
    if (waiting.state === "unsure" || waiting.state === "refused") {
      buttons.unshift(button("Send again", () => outbox.again(waiting).then(this.#again)));
    }
    return element("li", { "data-state": waiting.state }, words, element("span", { class: "buttons" }, ...buttons));
  }

  async #changed(outbox: Outbox, owner: string): Promise<void> {
    await this.show(outbox, owner);
    // The button that was pressed is gone.
    if (!this.element.hidden) moveTo(this.element);
  }
}

function state({ state, why, written_ms }: Waiting): string {
  const written = `Written ${moment(written_ms)}.`;
  switch (state) {
    case "waiting":
      return `${written} It is sent when you are online.`;
    case "sending":
      return `${written} It is being sent.`;
    case "unsure":
      return `${written} It was sent, but no answer came: see your balances before you send it again.`;
    case "refused":
      return `${written} It was refused: ${why ?? "no reason was given."}`;
  }
}
