// Which tokens are the latest ones, where several tabs share them in `localStorage`.
//
// Chromium hands a lock over faster than it shows one tab's write to another (measured: a tab that got the lock found the refresh
// token that had just been used, and used it again). IndexedDB shows at once what was committed, so it names the latest tokens.
import type { User } from "oidc-client-ts";

const DATABASE = "sign-in";
const STORE = "latest";
/** How long a tab waits for another's write to be shown. */
const LONGEST_MS = 1_000;

export class Generation {
  readonly #client_id: string;

  constructor(client_id: string) {
    this.#client_id = client_id;
  }

  async note(user: User | null): Promise<void> {
    const name = await nameOf(user);
    if (name === undefined) await within("readwrite", (store) => store.delete(this.#client_id));
    else await within("readwrite", (store) => store.put(name, this.#client_id));
  }

  /** Reads until the latest is read. */
  async settled(read: () => Promise<User | null>): Promise<User | null> {
    const latest: unknown = await within("readonly", (store) => store.get(this.#client_id));
    const late = AbortSignal.timeout(LONGEST_MS);
    for (;;) {
      const written = nextWrite(late);
      const user = await read();
      if (latest === undefined || late.aborted || (await nameOf(user)) === latest) return user;
      await written;
    }
  }
}

/** A digest, because what names a token need not be one. */
async function nameOf(user: User | null): Promise<string | undefined> {
  if (!user) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(user.access_token));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

function nextWrite(late: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    addEventListener("storage", () => resolve(), { once: true, signal: late });
    late.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A browser without the database goes without the name. */
async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await done(opening());
    try {
      return await done(act(database.transaction(STORE, mode, { durability: "relaxed" }).objectStore(STORE)));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function opening(): IDBOpenDBRequest {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return request;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
