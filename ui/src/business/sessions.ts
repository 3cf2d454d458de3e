// Where the user is signed in, and the end of it.
import type { Listed, SignIn } from "../sign-in";
import { card, moveTo } from "./card";
import { element } from "./element";
import { device, moment } from "./format";

export class Sessions {
  readonly element: HTMLElement;
  readonly #signIn: SignIn;
  readonly #say: (text: string, kind: "note" | "problem") => void;
  readonly #list = element("ul", { class: "list" });
  readonly #word = element("p", { class: "hint" });

  constructor(signIn: SignIn, say: (text: string, kind: "note" | "problem") => void) {
    this.#signIn = signIn;
    this.#say = say;
    this.element = card("sessions", "My sessions", this.#word, this.#list);
    // Not every architecture knows where its users are signed in.
    this.element.hidden = signIn.sessions === undefined;
  }

  async load(): Promise<void> {
    if (!this.#signIn.sessions) return;
    try {
      const sessions = await this.#signIn.sessions();
      this.#list.replaceChildren(...[...sessions].sort((a, b) => b.used_s - a.used_s).map((one) => this.#entry(one)));
      const known = "Where you are signed in. End what you do not know.";
      this.#word.textContent = sessions.length > 0 ? known : "Nobody keeps a list of where you are signed in.";
    } catch {
      this.#word.textContent = "Your sessions cannot be listed now.";
    }
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#word.textContent = "";
  }

  #entry(session: Listed): HTMLElement {
    const name = device(session.user_agent);
    const times = `Began ${moment(session.began_s * 1000)}, last used ${moment(session.used_s * 1000)}`;
    const words = element("span", {}, element("strong", {}, name), element("span", { class: "soft" }, times));
    if (session.current) return element("li", {}, words, element("span", { class: "mark-good" }, "This one"));
    const label = { "aria-label": `End the session: ${name}. ${times}` };
    const end = element("button", { type: "button", class: "quiet", ...label }, "End");
    end.addEventListener("click", () => void this.#end(session, end));
    return element("li", { "data-session": session.id }, words, end);
  }

  async #end(session: Listed, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await this.#signIn.endSession?.(session.id);
      this.#say(`The session has ended: ${device(session.user_agent)}.`, "note");
      await this.load();
      // The button is gone with its session.
      moveTo(this.element);
    } catch (error) {
      button.disabled = false;
      this.#say(error instanceof Error ? error.message : "That session could not be ended.", "problem");
    }
  }
}
