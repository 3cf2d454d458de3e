// What the page needs of a sign-in, whatever the architecture.

export interface User {
  readonly name: string;
}

export interface SignIn {
  /** Finds out who is signed in; completes a sign-in that has just come back. */
  resume(): Promise<User | undefined>;
  /** Leaves the page for the sign-in. */
  begin(): Promise<void>;
  /** Ends the sign-in here and at the provider, and leaves the page. */
  end(): Promise<void>;
  /** Calls the business API; `body` makes it a POST. Answers 401 when the sign-in has ended. */
  call(path: string, body?: unknown): Promise<Response>;
}
