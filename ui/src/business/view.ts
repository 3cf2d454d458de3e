// What is around the business: who is signed in, what has happened, and what can be done about it. It decides nothing.
import type { Reason } from "../sign-in";
import { element } from "./element";

export type State = "loading" | "signed-out" | "signed-in" | "offline" | "error";

const TITLES: Readonly<Record<State, string>> = {
  loading: "Your money, in one place",
  "signed-out": "Your money, in one place",
  "signed-in": "Your accounts",
  offline: "You are offline",
  error: "This did not work",
};

const REASONS: Readonly<Record<Reason, string>> = {
  here: "You have signed out.",
  elsewhere: "You were signed out from somewhere else: another window, another device, or the sign-in service.",
  expired: "Your session has ended. Sign in to go on.",
};

export class View {
  readonly signIn = element("button", { id: "sign-in", type: "button", class: "primary" }, "Sign in");
  readonly signOut = element("button", { id: "sign-out", type: "button", class: "quiet", hidden: true }, "Sign out");
  readonly retry = element("button", { id: "retry", type: "button", class: "primary" }, "Try again");
  readonly #who = element("span", { id: "who" }, "not signed in");
  readonly #title = element("h1", { id: "title", tabindex: "-1" }, TITLES.loading);
  readonly #offline = element("p", { id: "offline", role: "status" });
  readonly #note = element("p", { id: "status", role: "status" });
  readonly #problem = element("p", { id: "problem", role: "alert" });
  readonly #welcome: HTMLElement;
  readonly #failure: HTMLElement;
  readonly #business: HTMLElement;
  readonly #main: HTMLElement;

  /** `columns` are the parts of the business, side by side where there is room. */
  constructor(...columns: readonly (readonly HTMLElement[])[]) {
    const invitation = element("p", {}, "See what you have and send it on. Sign in to begin.");
    this.#welcome = element("div", { class: "card welcome", hidden: true }, invitation, this.signIn);
    this.#failure = element("div", { class: "failure", hidden: true }, this.retry);
    const side = columns.map((column) => element("div", { class: "column" }, ...column));
    this.#business = element("div", { class: "business", hidden: true }, ...side);
    const words = element("div", { class: "words" }, this.#offline, this.#note, this.#problem);
    const parts = [this.#title, words, this.#welcome, this.#failure, this.#business];
    this.#main = element("main", { "aria-busy": "true" }, ...parts);
    const person = element("p", { class: "person" }, element("span", { class: "unseen" }, "User: "), this.#who);
    const mark = element("span", { class: "mark", "aria-hidden": "true" });
    const brand = element("p", { class: "brand" }, mark, element("span", {}, "Accounts"));
    document.getElementById("app")?.replaceChildren(element("header", {}, brand, person, this.signOut), this.#main);
  }

  /** Shows a state; `name` is who is signed in, if anybody is known to be. */
  show(state: State, name?: string): void {
    document.documentElement.dataset["state"] = state;
    this.#title.textContent = TITLES[state];
    this.#main.setAttribute("aria-busy", String(state === "loading"));
    this.#business.hidden = state !== "signed-in" && state !== "offline";
    // Whoever is signed in can sign out, even where nothing else works; only not without a network.
    this.signOut.hidden = name === undefined || state === "offline";
    this.#welcome.hidden = name !== undefined || state === "loading";
    this.#failure.hidden = state !== "error";
    this.#who.textContent = name ?? "not signed in";
  }

  /** Says why nobody is signed in, to people and to whatever watches the page. */
  because(reason: Reason | undefined): void {
    if (reason === undefined) delete document.documentElement.dataset["reason"];
    else document.documentElement.dataset["reason"] = reason;
    this.say(reason === undefined ? "" : REASONS[reason], reason === "here" ? "note" : "problem");
  }

  say(text: string, kind: "note" | "problem" = "note"): void {
    this.#note.textContent = kind === "note" ? text : "";
    this.#problem.textContent = kind === "problem" ? text : "";
  }

  network(online: boolean, keeps: boolean): void {
    const kept = keeps ? " Transfers that you write are kept here and sent when you are back." : "";
    this.#offline.textContent = online ? "" : `You are offline. What you see may be out of date.${kept}`;
  }

  /** Leads to the top of what has changed, for whoever cannot see that it has. */
  moveToTitle(): void {
    this.#title.focus();
  }
}
