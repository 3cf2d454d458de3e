// Waits longer after every failure in a row, for as long as there is no network, and not for ever.

const MOST_FAILURES = 7;
const LONGEST_MS = 30_000;

export class Patience {
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #online: (() => void) | undefined;

  succeeded(): void {
    this.#failures = 0;
  }

  /** Tries again later; tells whether it will. */
  again(attempt: () => void): boolean {
    if (!navigator.onLine) {
      this.#online = attempt;
      addEventListener("online", attempt, { once: true });
      return true;
    }
    this.#failures += 1;
    if (this.#failures > MOST_FAILURES) return false;
    this.#timer = setTimeout(attempt, Math.min(500 * 2 ** this.#failures, LONGEST_MS));
    return true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#online) removeEventListener("online", this.#online);
  }
}
