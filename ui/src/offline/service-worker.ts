// Keeps the static shell, so that the page starts without a network: the host page, its script and style, nothing else.
//
// No answer about a user is ever kept, and no address of a sign-in is ever touched: a worker that saw the callback could
// keep its code. The network comes first and the copy only when there is none, so the page, its nonce and its settings
// are as fresh as they can be; without a network the kept page runs under the policy, and the nonce, that it came with.

const CACHE = "shell";
const SHELL = ["/", "/assets/app.js", "/assets/app.css"];
// The page of the SPA asks its host for its settings.
if (import.meta.env.MODE === "spa") SHELL.push("/settings.json");

/** What TypeScript's idea of a page does not know of a worker. */
interface WorkerEvent extends Event {
  readonly request: Request;
  waitUntil(done: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerScope {
  addEventListener(kind: "install" | "activate" | "fetch", listener: (event: WorkerEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
const scope = globalThis as unknown as WorkerScope;

scope.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(scope.clients.claim());
});

scope.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  // A query may carry the answer to a sign-in, or anything else that is meant for once.
  if (method !== "GET" || origin !== location.origin || search !== "" || !SHELL.includes(pathname)) return;
  event.respondWith(answer(event.request, pathname));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: "reload" })));
}

async function answer(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(pathname, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(pathname);
    if (!kept) throw error;
    return kept;
  }
}
