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
    if (socket) leave(socket);
  };
  const closed = async (code?: number): Promise<void> => {
    if (stopped) return;
    patience.closed();
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
    if (stopped) return leave(socket);
    // What happened while there was no connection is told by nobody.
    socket.addEventListener("open", () => patience.opened() && onMissed?.());
    socket.addEventListener("message", ({ data }) => {
      const moved = readMoved(data);
      if (moved) onEvent(moved);
      else if (isMissed(data)) onMissed?.();
    });
    socket.addEventListener("close", ({ code }) => void closed(code));
  };
  void connect();
  return stop;
}

/** Closes a socket; one that is not open yet is closed then, because browsers log the other as an error of the page. */
function leave(socket: WebSocket): void {
  if (socket.readyState !== WebSocket.CONNECTING) return socket.close();
  socket.addEventListener("open", () => socket.close());
}
