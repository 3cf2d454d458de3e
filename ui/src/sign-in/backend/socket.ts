// The feed over a WebSocket, which is opened again when it breaks and the sign-in stands.
import type { Moved, Reason } from "../../sign-in";
import { isMissed, readMoved } from "./moved";
import { Patience } from "./patience";

/** The close code of a server whose session or token has ended. */
const SIGNED_OUT = 4401;

export function listenToSocket(
  open: () => Promise<WebSocket>,
  over: () => Promise<Reason | undefined>,
  onEvent: (moved: Moved) => void,
  onEnd: (reason?: Reason) => void,
  onMissed?: () => void,
): () => void {
  const patience = new Patience();
  let socket: WebSocket | undefined;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    patience.stop();
    socket?.close();
  };
  const closed = async (code?: number): Promise<void> => {
    if (stopped) return;
    // What was closed as signed out ended before its time, unless the sign-in stands: then only a token was too old.
    const reason = (await over()) && (code === SIGNED_OUT ? "elsewhere" : "expired");
    if (stopped || (reason === undefined && patience.again(() => void connect()))) return;
    stop();
    onEnd(reason);
  };
  const connect = async (): Promise<void> => {
    try {
      socket = await open();
    } catch {
      return closed();
    }
    if (stopped) return socket.close();
    socket.addEventListener("message", ({ data }) => {
      patience.succeeded();
      const moved = readMoved(data);
      if (moved) onEvent(moved);
      else if (isMissed(data)) onMissed?.();
    });
    socket.addEventListener("close", ({ code }) => void closed(code));
  };
  void connect();
  return stop;
}
