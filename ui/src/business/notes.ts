// A note of the user's: a text like any other or, where the settings say so, the testbed's way in for injected script.
//
// It is kept in this browser under its user's name, and forgotten at sign-out.
import type { PageSettings } from "../sign-in";
import { card } from "./card";
import { element } from "./element";
import { takeParameter } from "./leftovers";

const PLACE = "note";

function placeOf(owner: string): string {
  return `${PLACE}.${owner}`;
}

export class Notes {
  readonly element: HTMLElement;
  readonly #note = element("div", { id: "note" });
  readonly #word = element("p", { class: "error", hidden: true });
  readonly #text = element("textarea", { id: "note-text", name: "note", rows: "2", maxlength: "4000" });

  #unsafe = false;
  #place: string | undefined;

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
      if (this.#place === undefined) return;
      localStorage.setItem(this.#place, this.#text.value);
      this.#render();
    });
  }

  show(owner: string, widget: PageSettings["widget"]): void {
    this.#unsafe = widget === "unsafe-html";
    this.#place = placeOf(owner);
    const brought = this.#unsafe ? sessionStorage.getItem(PLACE) : null;
    sessionStorage.removeItem(PLACE);
    if (brought !== null) localStorage.setItem(this.#place, brought);
    const heading = this.element.querySelector("h2");
    if (heading) heading.textContent = this.#unsafe ? "Notes (rendered unsafely for the testbed)" : "Notes";
    this.#render();
  }

  clear(): void {
    this.#place = undefined;
    this.#note.replaceChildren();
    this.#text.value = "";
  }

  #render(): void {
    const text = (this.#place !== undefined && localStorage.getItem(this.#place)) || "";
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

/** Forgets every note, as a sign-out must. */
export function forgetNotes(): void {
  sessionStorage.removeItem(PLACE);
  const places = Object.keys(localStorage).filter((place) => place === PLACE || place.startsWith(placeOf("")));
  for (const place of places) localStorage.removeItem(place);
}

/** Keeps a note that the page's address brings, as a link in a message would, for whoever is signed in or signs in here. */
export function keepNoteOfAddress(widget: PageSettings["widget"]): void {
  const note = takeParameter("note");
  // Where it is no way in for the testbed, an address must not overwrite what somebody has written.
  if (note !== undefined && widget === "unsafe-html") sessionStorage.setItem(PLACE, note);
}
