// A note of the user's: a text like any other or, where the settings say so, the testbed's way in for injected script.
import { card } from "./card";
import { element } from "./element";
import { takeParameter } from "./leftovers";

const PLACE = "note";

export class Notes {
  readonly element: HTMLElement;
  readonly #note = element("div", { id: "note" });
  readonly #word = element("p", { class: "error", hidden: true });
  readonly #text = element("textarea", { id: "note-text", name: "note", rows: "2", maxlength: "4000" });

  #unsafe = false;

  constructor() {
    const form = element(
      "form",
      { id: "note-form" },
      element("label", { for: "note-text" }, "Your note"),
      this.#text,
      element("button", { type: "submit", class: "quiet" }, "Keep the note"),
    );
    this.element = card("notes", "Notes", this.#note, this.#word, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      localStorage.setItem(PLACE, this.#text.value);
      this.#render();
    });
  }

  show(widget: "text" | "unsafe-html" = "text"): void {
    this.#unsafe = widget === "unsafe-html";
    const heading = this.element.querySelector("h2");
    if (heading) heading.textContent = this.#unsafe ? "Notes (rendered unsafely for the testbed)" : "Notes";
    this.#render();
  }

  clear(): void {
    this.#note.replaceChildren();
    this.#text.value = "";
  }

  #render(): void {
    const text = localStorage.getItem(PLACE) ?? "";
    this.#text.value = text;
    this.#word.hidden = true;
    if (!this.#unsafe) {
      this.#note.textContent = text;
      return;
    }
    try {
      // Wrong on purpose: what anybody has stored becomes part of the page.
      this.#note.innerHTML = text;
    } catch {
      this.#note.textContent = text;
      this.#word.textContent = "The page's policy (Trusted Types) blocked the unsafe rendering. This is the text.";
      this.#word.hidden = false;
    }
  }
}

/** Keeps a note that the page's address brings, as a link in a message would. */
export function keepNoteOfAddress(): void {
  const note = takeParameter("note");
  if (note !== undefined) localStorage.setItem(PLACE, note);
}
