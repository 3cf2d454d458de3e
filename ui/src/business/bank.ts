// The business API as the page sees it.
import type { SignIn } from "../sign-in";

export interface Account {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** The sign-in has ended, here or elsewhere. */
export class Ended extends Error {}

export class Bank {
  readonly #signIn: SignIn;

  constructor(signIn: SignIn) {
    this.#signIn = signIn;
  }

  async accounts(): Promise<readonly Account[]> {
    const response = await answered(await this.#signIn.call("/accounts"));
    return ((await response.json()) as { accounts: Account[] }).accounts;
  }

  async transfer(transfer: Transfer): Promise<void> {
    await answered(await this.#signIn.call("/transfers", transfer));
  }
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  if (response.status === 401) throw new Ended();
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown };
  throw new Error(typeof problem.detail === "string" ? sentence(problem.detail) : `The service answered ${response.status}.`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
}
