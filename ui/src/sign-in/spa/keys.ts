// The keys that tokens are bound to (RFC 9449). No script can read one, and each serves one sign-in.
import { IndexedDbDPoPStore, type DPoPState } from "oidc-client-ts";
import type { Settings } from "./settings";

/** What the library asks of a store. */
export interface Keys {
  set(name: string, state: DPoPState): Promise<void>;
  get(name: string): Promise<DPoPState>;
  remove(name: string): Promise<DPoPState>;
  getAllKeys(): Promise<string[]>;
}

/** A key is where the tokens are: shared by tabs that share them, a tab's own, or out of the page's reach in the worker. */
export function keysFor({ store }: Settings): Keys {
  switch (store) {
    case "worker":
      return new KeysInMemory();
    case "local-storage":
      return new IndexedDbDPoPStore();
    default:
      return new KeysOfTab();
  }
}

class KeysInMemory implements Keys {
  readonly #states = new Map<string, DPoPState>();

  async set(name: string, state: DPoPState): Promise<void> {
    this.#states.set(name, state);
  }

  async get(name: string): Promise<DPoPState> {
    // The library asks of what may not be there, and says otherwise in its types.
    return this.#states.get(name) as DPoPState;
  }

  async remove(name: string): Promise<DPoPState> {
    const state = await this.get(name);
    this.#states.delete(name);
    return state;
  }

  async getAllKeys(): Promise<string[]> {
    return [...this.#states.keys()];
  }
}

const TAB = "tab-of-keys";
/** How many tabs' keys are kept; a tab that is closed takes its own nowhere. */
const MOST_TABS = 16;

/** In the browser's database, which outlives the way to the provider and back; two tabs must not remove each other's. */
class KeysOfTab implements Keys {
  readonly #all = new IndexedDbDPoPStore();

  async set(name: string, state: DPoPState): Promise<void> {
    await this.#all.set(own(name), state);
    const tabs = (await this.#all.getAllKeys()).filter((key) => key.startsWith(`${name} `)).sort();
    for (const old of tabs.slice(0, -MOST_TABS)) await this.#all.remove(old);
  }

  get(name: string): Promise<DPoPState> {
    return this.#all.get(own(name));
  }

  remove(name: string): Promise<DPoPState> {
    return this.#all.remove(own(name));
  }

  async getAllKeys(): Promise<string[]> {
    const suffix = ` ${tab()}`;
    return (await this.#all.getAllKeys()).filter((key) => key.endsWith(suffix)).map((key) => key.slice(0, -suffix.length));
  }
}

function own(name: string): string {
  return `${name} ${tab()}`;
}

function tab(): string {
  const known = sessionStorage.getItem(TAB);
  if (known !== null) return known;
  // It begins with the time, so that names sort by age.
  const fresh = `${Date.now()}-${crypto.randomUUID()}`;
  sessionStorage.setItem(TAB, fresh);
  return fresh;
}
