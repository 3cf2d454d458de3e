// The business API as the page sees it.
import type { SignIn, Wish } from "../sign-in";
import { stepUp } from "../sign-in/step-up";

export interface Account {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
}

/** What the user has, after so many transfers. */
export interface Books {
  readonly accounts: readonly Account[];
  readonly transfers: number;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export interface Order {
  readonly id: string;
  readonly item: string;
}

/** The sign-in has ended, here or elsewhere. */
export class Ended extends Error {}

/** The sign-in stands, but is too weak for what was asked. */
export class TooWeak extends Error {
  readonly wish: Wish;

  constructor(wish: Wish) {
    super("This needs a fresh sign-in.");
    this.wish = wish;
  }
}

/** The service answered, and said no. */
export class Refused extends Error {}

export class Bank {
  readonly #signIn: SignIn;

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
  }

  async books(): Promise<Books> {
    const response = await answered(await this.#signIn.call("/accounts"));
    return (await response.json()) as Books;
  }

  async transfer({ from, to, amount }: Transfer, key?: string): Promise<void> {
    await answered(await this.#signIn.call("/transfers", { from, to, amount }, key));
  }

  /** Returns what the user has ordered, unless the application has no such API. */
  async orders(): Promise<readonly Order[] | undefined> {
    const response = await this.#signIn.call("/orders/list");
    if (response.status === 404) return undefined;
    return ((await (await answered(response)).json()) as { orders: Order[] }).orders;
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const wish = stepUp(response);
  if (wish) throw new TooWeak(wish);
  if (response.status === 401) throw new Ended();
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: unknown };
  const why = typeof detail === "string" ? sentence(detail) : `The service answered ${response.status}.`;
  // A server that broke may have done what it was asked; only a refusal says that it has not.
  throw response.status < 500 ? new Refused(why) : new Error(why);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
}
