// The feed as server-sent events (WHATWG HTML §9.2), whose requests carry the session cookie and no header of ours.
import type { Moved, Reason } from "../../sign-in";
import { readMoved } from "./moved";
import { Patience } from "./patience";

export function listenToEvents(
  path: string,
  over: () => Promise<Reason | undefined>,
  onEvent: (moved: Moved) => void,
  onEnd: (reason?: Reason) => void,
  onMissed?: () => void,
): () => void {
  const patience = new Patience();
  let source: EventSource | undefined;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    patience.stop();
    source?.close();
  };
  const end = (reason?: Reason): void => {
    if (stopped) return;
    stop();
    onEnd(reason);
  };
  const connect = (): void => {
    source = new EventSource(path);
    // What happened while there was no connection is told by nobody.
    source.addEventListener("open", () => patience.opened() && onMissed?.());
    source.addEventListener("transfer", ({ data }: MessageEvent) => {
      const moved = readMoved(data);
      if (moved) onEvent(moved);
    });
    source.addEventListener("missed", () => onMissed?.());
    source.addEventListener("signed-out", () => {
      source?.close();
      patience.closed();
      void closed("elsewhere");
    });
    source.addEventListener("error", () => {
      patience.closed();
      // A connection that broke is made again by the browser; an answer that refused is final to it.
      if (source?.readyState === EventSource.CLOSED) void closed("expired");
    });
  };
  const closed = async (why: Reason): Promise<void> => {
    const reason = (await over()) && why;
    if (stopped) return;
    if (reason !== undefined || !patience.again(connect)) end(reason);
  };
  connect();
  return stop;
}
