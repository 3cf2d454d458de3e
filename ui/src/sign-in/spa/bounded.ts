// Bounds a wait: an answer can stall after its first byte, where the OIDC client's own limit no longer counts.

/** Too late is the same to the page as not at all, so the error is of the kind that `fetch` throws. */
export function bounded<T>(longest_ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new TypeError("the sign-in service did not answer in time")), longest_ms);
    work.finally(() => clearTimeout(late)).then(resolve, reject);
  });
}
