// What the page does without a network, where its host lets it: it keeps transfers, and sends them when there is one.
//
// Kept are the transfers, and the name and `sub` of whoever wrote them. Balances stay in memory, so a page that is opened
// without a network shows none: whoever finds the device learns that somebody banks here, and not what they have.
import { Outbox, type Owner } from "../offline/outbox";
import { register, unregister } from "../offline/register";
import { TooWeak, type Bank, type Transfer } from "./bank";
import { counted } from "./format";
import { WaitingList } from "./waiting";

export class Offline {
  readonly #bank: Bank;
  readonly #sent: (count: number, error?: unknown) => void;
  readonly #list = new WaitingList(() => void this.send("by hand"));
  #outbox: Outbox | undefined;
  #owner: string | undefined;
  #warned = false;

  /** `sent` hears how many transfers were carried out that waited, and what stopped the rest. */
  constructor(bank: Bank, sent: (count: number, error?: unknown) => void) {
    this.#bank = bank;
    this.#sent = sent;
  }

  get element(): HTMLElement {
    return this.#list.element;
  }

  /** Does as the page's host says. */
  use(isWanted: boolean): void {
    if (!isWanted) {
      // What an earlier host let in must not answer for this one.
      unregister().catch((error: unknown) => console.warn("a service worker is left:", error));
      return;
    }
    if (this.#outbox) return;
    this.#outbox = new Outbox();
    // A page whose policy forbids its worker works as it did, only not without a network.
    register().catch((error: unknown) => console.warn("no use without a network:", error));
  }

  async enter(owner: Owner): Promise<void> {
    if (!this.#outbox) return;
    this.#owner = owner.id;
    await this.#outbox.remember(owner);
    await this.#list.show(this.#outbox, owner.id);
    await this.send();
  }

  /** Tells who can write without a network, if there is none. */
  async owner(): Promise<Owner | undefined> {
    const owner = await this.#outbox?.owner();
    if (!this.#outbox || !owner) return undefined;
    this.#owner = owner.id;
    await this.#list.show(this.#outbox, owner.id);
    return owner;
  }

  /** Names a transfer that may have to be sent again, so that a server that remembers names can tell. */
  key(): string | undefined {
    return this.#outbox && crypto.randomUUID();
  }

  /** Keeps a transfer, if there is no network to send it over. */
  async takes(transfer: Transfer): Promise<boolean> {
    return !navigator.onLine && this.#keep(transfer, crypto.randomUUID(), "waiting");
  }

  /** Keeps a transfer that was sent and not answered, if it keeps any. */
  async doubts(transfer: Transfer, key: string | undefined): Promise<boolean> {
    return key !== undefined && this.#keep(transfer, key, "unsure");
  }

  /** Sends what waits. */
  async send(how: "by itself" | "by hand" = "by itself"): Promise<void> {
    const [outbox, owner] = [this.#outbox, this.#owner];
    if (!outbox || owner === undefined || !navigator.onLine) return;
    if (!(await outbox.all(owner)).some(({ state }) => state === "waiting" || state === "sending")) return;
    let count = 0;
    let stopped: unknown;
    try {
      // A read first: a network that has only just come back loses requests, and a lost read does no harm.
      await this.#bank.books();
      await outbox.send(owner, async (transfer, key) => {
        await this.#bank.transfer(transfer, key);
        count += 1;
      });
    } catch (error) {
      stopped = error;
    }
    if (this.#owner === owner) await this.#list.show(outbox, owner);
    // Nobody is taken away from the page who has not just asked for something.
    this.#sent(count, how === "by itself" && stopped instanceof TooWeak ? undefined : stopped);
  }

  /** Says once what a sign-out would lose. */
  warning(): string | undefined {
    if (this.#list.count === 0 || this.#warned) return undefined;
    this.#warned = true;
    const lost = counted(this.#list.count, "transfer");
    return `Signing out discards ${lost} that could not be sent yet. Press “Sign out” again to go on.`;
  }

  /** Discards all that is kept, as a sign-out must. */
  async forget(): Promise<void> {
    this.leave();
    // The answer to the sign-out may be clearing all storage at this moment.
    await this.#outbox?.clear().catch(() => undefined);
  }

  /** Shows nothing any more; what is kept waits for its owner's return. */
  leave(): void {
    this.#owner = undefined;
    this.#warned = false;
    this.#list.clear();
  }

  async #keep(transfer: Transfer, key: string, state: "waiting" | "unsure"): Promise<boolean> {
    if (!this.#outbox || this.#owner === undefined) return false;
    await this.#outbox.add(this.#owner, transfer, key, state);
    await this.#list.show(this.#outbox, this.#owner);
    return true;
  }
}
