// Watches the provider's session through its frame (OpenID Connect Session Management 1.0 §3).
import type { Holder, Person } from "./holder";

const INTERVAL_MS = 2_000;
/** How long it waits after a question that was not answered. */
const PAUSE_MS = 10_000;

export class Monitor {
  readonly #client_id: string;
  readonly #holder: Holder;
  readonly #onGone: () => void;
  #watching: AbortController | undefined;

  constructor(client_id: string, holder: Holder, onGone: () => void) {
    this.#client_id = client_id;
    this.#holder = holder;
    this.#onGone = onGone;
  }

  stop(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  async watch({ sub, session_state }: Person): Promise<void> {
    this.stop();
    const watching = (this.#watching = new AbortController());
    const address = await this.#holder.sessionFrame();
    if (address === undefined || session_state === undefined || watching.signal.aborted) return;
    this.#follow(open(address, watching.signal), new URL(address).origin, sub, session_state, watching);
  }

  #follow(frame: HTMLIFrameElement, provider: string, sub: string, first: string, watching: AbortController): void {
    let state = first;
    let isTrusted = false;
    let quietUntil_ms = 0;
    const ask = (): void => frame.contentWindow?.postMessage(`${this.#client_id} ${state}`, provider);
    const changed = async (): Promise<void> => {
      quietUntil_ms = Number.POSITIVE_INFINITY;
      try {
        const status = await this.#holder.status();
        if (watching.signal.aborted) return;
        if (status?.sub !== sub) return this.#gone();
        state = status.session_state;
        quietUntil_ms = 0;
      } catch {
        quietUntil_ms = Date.now() + PAUSE_MS;
      }
    };
    const hear = ({ origin, source, data }: MessageEvent<unknown>): void => {
      if (origin !== provider || source !== frame.contentWindow) return;
      if (data === "unchanged") isTrusted = true;
      else if (data !== "changed") this.stop();
      // A frame that has never seen the session is one that the browser keeps from its cookies: it cannot tell.
      else if (!isTrusted) this.stop();
      else if (Date.now() >= quietUntil_ms) void changed();
    };
    addEventListener("message", hear, { signal: watching.signal });
    const begin = (): void => {
      if (watching.signal.aborted) return;
      ask();
      const timer = setInterval(ask, INTERVAL_MS);
      watching.signal.addEventListener("abort", () => clearInterval(timer));
    };
    frame.addEventListener("load", begin, { once: true });
  }

  #gone(): void {
    this.stop();
    this.#onGone();
  }
}

function open(address: string, signal: AbortSignal): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = address;
  document.body.append(frame);
  signal.addEventListener("abort", () => frame.remove());
  return frame;
}
