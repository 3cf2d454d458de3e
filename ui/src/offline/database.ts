// The page's database: transfers that wait for a network, and who wrote them. No credential, no balance.

const NAME = "outbox";
export const WAITING = "waiting";
export const OWNER = "owner";

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(WAITING, { keyPath: "number", autoIncrement: true });
      request.result.createObjectStore(OWNER);
    };
    request.onsuccess = () => {
      // The browser closes it when the origin's storage is cleared, as a sign-out may do.
      request.result.onclose = () => (opened = undefined);
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** Does one thing with one store, and returns when it is on the disk. */
export async function within<T>(
  store: string,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const transaction = (await open()).transaction(store, mode);
  const request = act(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}
