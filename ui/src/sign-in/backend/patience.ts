// Waits longer after every failure in a row, for as long as there is no network, and not for ever.

const MOST_FAILURES = 7;
const LONGEST_MS = 30_000;
/** How long a connection has to last before the failures ahead of it are forgiven. */
const SETTLED_MS = 30_000;

export class Patience {
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #online: (() => void) | undefined;
  #isAgain = false;

  /** A connection was opened; tells whether it is another attempt than the first. */
  opened(): boolean {
    clearTimeout(this.#settling);
    // One that is cut as soon as it is opened is no success.
    this.#settling = setTimeout(() => (this.#failures = 0), SETTLED_MS);
    const isAgain = this.#isAgain;
    this.#isAgain = true;
    return isAgain;
  }

  /** It was closed before or after it had lasted. */
  closed(): void {
    clearTimeout(this.#settling);
  }

  /** Tries again later; tells whether it will. */
  again(attempt: () => void): boolean {
    this.#isAgain = true;
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
    clearTimeout(this.#settling);
    if (this.#online) removeEventListener("online", this.#online);
  }
}
