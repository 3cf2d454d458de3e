// Calls between the page and its worker: each side serves the methods on its list, and calls the other's as if they were near.

/** Either end: a worker as its page sees it, or the page as its worker sees it. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(kind: "message", listener: (event: MessageEvent) => void): void;
}

interface Asked {
  readonly asked: number;
  readonly method: string;
  readonly values: readonly unknown[];
}

interface Answered {
  readonly answered: number;
  readonly value?: unknown;
  readonly failure?: { readonly name: string; readonly message: string };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Method = (...values: unknown[]) => unknown;

export interface Link<Theirs> {
  readonly theirs: Theirs;
  /** Gives up on whatever is asked, because nobody is there to answer. */
  cut(error: Error): void;
}

export function link<Ours extends object, Theirs>(
  port: Port,
  ours: Ours,
  served: readonly (keyof Ours & string)[],
  called: readonly (keyof Theirs & string)[],
): Link<Theirs> {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let broken: Error | undefined;

  const ask = (method: string, values: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      last += 1;
      waiting.set(last, { resolve, reject });
      port.postMessage({ asked: last, method, values } satisfies Asked);
    });

  const serve = async ({ asked, method, values }: Asked): Promise<Answered> => {
    try {
      if (!(served as readonly string[]).includes(method)) throw new TypeError(`${method} is not served`);
      const value = await (ours[method as keyof Ours] as Method).call(ours, ...values);
      return { answered: asked, value };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error("something went wrong");
      return { answered: asked, failure: { name, message } };
    }
  };

  const take = ({ answered, value, failure }: Answered): void => {
    const caller = waiting.get(answered);
    waiting.delete(answered);
    // What `fetch` throws without an answer is told apart from everything else by its kind.
    if (failure) caller?.reject(failure.name === "TypeError" ? new TypeError(failure.message) : new Error(failure.message));
    else caller?.resolve(value);
  };

  port.addEventListener("message", ({ data }: MessageEvent<Asked | Answered>) => {
    if ("answered" in data) take(data);
    else void serve(data).then((answer) => port.postMessage(answer));
  });

  const methods = called.map((method) => [method, (...values: unknown[]) => ask(method, values)] as const);
  return {
    theirs: Object.fromEntries(methods) as Theirs,
    cut: (error) => {
      broken = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}
