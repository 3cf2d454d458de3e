// What the page needs of a sign-in, whatever the architecture.

export interface User {
  /** What the user is called; another may be called the same. */
  readonly name: string;
  /** The provider's `sub`, which is nobody else's (OpenID Connect Core 1.0 §2). */
  readonly id?: string;
}

/** Why nobody is signed in any more: signed out in this browser, ended from somewhere else, or too old. */
export type Reason = "here" | "elsewhere" | "expired";

/** What a sign-in can be asked for (RFC 9470 §4; OpenID Connect Core 1.0 §3.1.2.1). */
export interface Wish {
  readonly acr_values?: string;
  /** In seconds. */
  readonly max_age?: string;
  /** A path of this application, where the page goes on afterwards. */
  readonly return_url?: string;
}

/** A transfer that concerns the user, as the live feed tells it. */
export interface Moved {
  /** Its number; transfers are numbered in the order in which they were carried out. */
  readonly transfer: number;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** One of the user's own sessions. */
export interface Listed {
  readonly id: string;
  readonly began_s: number;
  readonly used_s: number;
  readonly user_agent?: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/** What the page's host decides about the page, without a rebuild. */
export interface PageSettings {
  /** How a note is shown: as the text that it is, or as markup, which is the testbed's way in for injected script. */
  readonly widget?: "text" | "unsafe-html";
  /** Whether the page can be started and written to without a network. */
  readonly pwa?: boolean;
}

export interface SignIn {
  /** Tells what the page's host decided. */
  settings(): Promise<PageSettings>;
  /** Finds out who is signed in; completes a sign-in that has just come back. */
  resume(): Promise<User | undefined>;
  /** Leaves the page for the sign-in. */
  begin(wish?: Wish): Promise<void>;
  /** Ends the sign-in here and at the provider, and leaves the page. */
  end(): Promise<void>;
  /**
   * Calls the business API; `body` makes it a POST, `key` names it, so that a repetition can be told from a second one.
   *
   * Answers 401 when the sign-in has ended; or, which ends nothing, when it is too weak for this (RFC 9470 §3).
   */
  call(path: string, body?: unknown, key?: string): Promise<Response>;
  /**
   * Listens to the user's transfers until the returned function is called, and reconnects by itself.
   *
   * `onEnd` comes once, with a reason when the sign-in has ended, without one when there is no feed to be had.
   * `onMissed` comes when there may have been transfers that this page was not told of: the feed was too fast for it, or
   * was opened again.
   */
  live(onEvent: (moved: Moved) => void, onEnd: (reason?: Reason) => void, onMissed?: () => void): () => void;
  /**
   * Watches for what happens outside this page, until the returned function is called.
   *
   * `onChange` comes with a reason when the sign-in has ended, without one when somebody has signed in elsewhere.
   */
  watch?(onChange: (reason?: Reason) => void): () => void;
  /** Lists the user's own sessions, where the architecture knows them. */
  sessions?(): Promise<readonly Listed[]>;
  /** Ends one of them. */
  endSession?(id: string): Promise<void>;
}
