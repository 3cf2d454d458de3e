// The sign-in through the backend, which also calls the APIs: the page holds nothing that could be stolen.
import type { Moved, Reason, SignIn } from "../sign-in";
import { Backend } from "./backend";
import { listenToEvents } from "./backend/events";
import { listenToSocket } from "./backend/socket";

class Proxied extends Backend implements SignIn {
  call(path: string, body?: unknown, key?: string): Promise<Response> {
    return this.send(`/api${path}`, body === undefined ? "GET" : "POST", body, key);
  }

  live(onEvent: (moved: Moved) => void, onEnd: (reason?: Reason) => void, onMissed?: () => void): () => void {
    const over = (): Promise<Reason | undefined> => this.reason();
    if (this.own.live !== "websocket") return listenToEvents("/api/feed", over, onEvent, onEnd, onMissed);
    const address = `${location.origin.replace(/^http/, "ws")}/api/live`;
    return listenToSocket(async () => new WebSocket(address), over, onEvent, onEnd, onMissed);
  }
}

export const signIn: SignIn = new Proxied();
