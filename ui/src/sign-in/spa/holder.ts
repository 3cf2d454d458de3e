// What passes between the page and whoever holds its tokens, in the page or in a worker. No token does.
import type { StateStore } from "oidc-client-ts";
import type { Moved, Reason, Wish } from "../../sign-in";

/** Who is signed in. */
export interface Person {
  readonly name: string;
  readonly sub: string;
  /** The name of the provider's session, where it has one. */
  readonly sid?: string;
  /** What the provider's frame is asked about (OpenID Connect Session Management 1.0 §3.1). */
  readonly session_state?: string;
}

export interface Completed {
  readonly person: Person;
  /** Where the page goes on, as the sign-in was asked for. */
  readonly returnTo?: string;
}

export interface Call {
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly body?: string;
  readonly key?: string;
}

/** A response, as it crosses from a worker. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ArrayBuffer | null;
}

/** The provider's session, as a sign-in without a prompt finds it. */
export interface Status {
  readonly sub: string;
  readonly session_state: string;
}

/** Holds the tokens, and does what takes one. */
export interface Holder {
  who(): Promise<Person | undefined>;
  begin(wish: Wish): Promise<void>;
  complete(answer: string): Promise<Completed>;
  call(call: Call): Promise<Answer>;
  /** Listens to the API's feed, until told not to. */
  listen(): Promise<void>;
  silence(): Promise<void>;
  /** Ends the sign-in here and at the provider, and leaves the page. */
  end(): Promise<void>;
  /** Drops the tokens, because the sign-in has ended already. */
  forget(): Promise<void>;
  /** Returns the address of the provider's frame, where there is one. */
  sessionFrame(): Promise<string | undefined>;
  /** Asks the provider whose session there is now. */
  status(): Promise<Status | undefined>;
}

/** What a holder needs of the page around it: what it remembers of a sign-in while the page is away, frames, and ears. */
export interface Surroundings extends StateStore {
  leave(address: string): Promise<void>;
  /** Opens an address in a hidden frame, and returns the one that it comes back to. */
  frame(address: string): Promise<string>;
  ended(reason: Reason): Promise<void>;
  moved(moved: Moved): Promise<void>;
  /** There may have been transfers that the feed did not tell. */
  missed(): Promise<void>;
  /** There is no feed any more. */
  silent(reason?: Reason): Promise<void>;
}

/** What the other side of a worker may ask for. */
export const HOLDER = [
  "who",
  "begin",
  "complete",
  "call",
  "listen",
  "silence",
  "end",
  "forget",
  "sessionFrame",
  "status",
] as const satisfies readonly (keyof Holder)[];

export const SURROUNDINGS = [
  "set",
  "get",
  "remove",
  "getAllKeys",
  "leave",
  "frame",
  "ended",
  "moved",
  "missed",
  "silent",
] as const satisfies readonly (keyof Surroundings)[];
