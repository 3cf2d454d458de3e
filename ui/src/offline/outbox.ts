// Transfers that were written without a network, sent in their order when there is one, each at most once.
//
// Nobody can know whether a request whose answer was lost was carried out; a browser even repeats one by itself when a
// kept connection closes under it, a POST too (against RFC 9110 §9.2.2; Chromium 156 was seen doing it). So every
// transfer is marked before it is sent, and one that is found marked without an answer is sent again only when its user
// says so; it then goes under the same key, by which a server that remembers keys can tell.
import { Ended, Refused, TooWeak, type Transfer } from "../business/bank";
import { OWNER, WAITING, within } from "./database";

/** Whose page it is. */
export interface Owner {
  /** Unlike anybody else's. */
  readonly id: string;
  readonly name: string;
}

export interface Waiting {
  /** In the order in which they were written. */
  readonly number: number;
  /** The owner's `id`. */
  readonly owner: string;
  readonly transfer: Transfer;
  /** What the request is called, for servers that can tell a repetition from a second one. */
  readonly key: string;
  readonly written_ms: number;
  /** `unsure`: it was sent, and no answer came. */
  readonly state: "waiting" | "sending" | "unsure" | "refused";
  readonly why?: string;
}

export class Outbox {
  /** Keeps whose page this is, so that the page can be written to when it starts without a network. */
  async remember({ id, name }: Owner): Promise<void> {
    await within(OWNER, "readwrite", (store) => store.put({ id, name }, "owner"));
  }

  async owner(): Promise<Owner | undefined> {
    return within<Owner | undefined>(OWNER, "readonly", (store) => store.get("owner"));
  }

  async add(owner: string, transfer: Transfer, key: string, state: "waiting" | "unsure"): Promise<void> {
    const waiting: Omit<Waiting, "number"> = { owner, transfer, key, written_ms: Date.now(), state };
    await within(WAITING, "readwrite", (store) => store.add(waiting));
  }

  async all(owner: string): Promise<readonly Waiting[]> {
    const all = await within<Waiting[]>(WAITING, "readonly", (store) => store.getAll());
    return all.filter((waiting) => waiting.owner === owner);
  }

  async again(waiting: Waiting): Promise<void> {
    await this.#put({ ...waiting, state: "waiting" });
  }

  async discard({ number }: Waiting): Promise<void> {
    await within(WAITING, "readwrite", (store) => store.delete(number));
  }

  /** Forgets everything of everybody, as a sign-out must. */
  async clear(): Promise<void> {
    await within(WAITING, "readwrite", (store) => store.clear());
    await within(OWNER, "readwrite", (store) => store.clear());
  }

  /**
   * Sends what waits, in order, in one tab at a time.
   *
   * A refusal is kept beside its transfer, and the next one is tried; whatever else `send` throws stops here.
   */
  async send(owner: string, send: (transfer: Transfer, key: string) => Promise<void>): Promise<void> {
    await navigator.locks.request("outbox", { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      for (const { number } of await this.all(owner)) await this.#sendOne(number, send);
    });
  }

  async #sendOne(number: number, send: (transfer: Transfer, key: string) => Promise<void>): Promise<void> {
    // Read again, because its user may have discarded it meanwhile.
    const waiting = await within<Waiting | undefined>(WAITING, "readonly", (store) => store.get(number));
    // Nobody else holds the lock, so whoever was sending this is gone.
    if (waiting?.state === "sending") await this.#put({ ...waiting, state: "unsure" });
    if (waiting?.state !== "waiting") return;
    await this.#put({ ...waiting, state: "sending" });
    try {
      await send(waiting.transfer, waiting.key);
    } catch (error) {
      if (error instanceof Refused || error instanceof TooWeak) {
        await this.#put({ ...waiting, state: "refused", why: error.message });
        if (error instanceof Refused) return;
      } else {
        // Nobody signed in has moved nothing; of anything else nobody knows.
        await this.#put({ ...waiting, state: error instanceof Ended ? "waiting" : "unsure" });
      }
      throw error;
    }
    await this.discard(waiting);
  }

  async #put(waiting: Waiting): Promise<void> {
    await within(WAITING, "readwrite", (store) => store.put(waiting));
  }
}
