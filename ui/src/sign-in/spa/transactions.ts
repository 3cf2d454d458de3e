// What is remembered of a sign-in until its answer comes: in the page's storage where the page itself leaves, because nothing else
// outlives that; in memory where only a hidden frame does, so that the frame's code is worth nothing to whoever else reads it.
import type { StateStore } from "oidc-client-ts";

export class Transactions implements StateStore {
  readonly #silent = new Map<string, string>();
  readonly #leaving: StateStore;

  constructor(leaving: StateStore) {
    this.#leaving = leaving;
  }

  async set(key: string, value: string): Promise<void> {
    const { request_type } = JSON.parse(value) as { request_type?: string };
    if (request_type === "si:s") this.#silent.set(key, value);
    else await this.#leaving.set(key, value);
  }

  async get(key: string): Promise<string | null> {
    return this.#silent.get(key) ?? this.#leaving.get(key);
  }

  async remove(key: string): Promise<string | null> {
    const value = this.#silent.get(key);
    if (value === undefined) return this.#leaving.remove(key);
    this.#silent.delete(key);
    return value;
  }

  async getAllKeys(): Promise<string[]> {
    return [...this.#silent.keys(), ...(await this.#leaving.getAllKeys())];
  }
}

/** A verifier or state that is left over serves only a thief. */
export async function forgetTransactions(store: StateStore): Promise<void> {
  for (const key of await store.getAllKeys()) await store.remove(key);
}
