// Requests that nobody waits for without end.

const LONGEST_MS = 15_000;

/** Too late is the same to the page as not at all. */
export async function fetchInTime(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...request, signal: AbortSignal.timeout(LONGEST_MS) });
  } catch (cause) {
    if (!(cause instanceof DOMException && cause.name === "TimeoutError")) throw cause;
    throw new TypeError("no answer came in time", { cause });
  }
}
