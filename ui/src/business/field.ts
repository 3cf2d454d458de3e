// A field of a form with its name, its hint and what is wrong with it.
import { element } from "./element";

export class Field {
  readonly input: HTMLInputElement;
  readonly parts: readonly HTMLElement[];
  readonly #error: HTMLElement;

  constructor(form: string, name: string, label: string, attributes: Record<string, string>, hint?: string) {
    const id = `${form}-${name}`;
    const described = hint === undefined ? `${id}-error` : `${id}-hint ${id}-error`;
    const common = { autocomplete: "off", "aria-required": "true", "aria-describedby": described };
    this.input = element("input", { id, name, ...common, ...attributes });
    this.#error = element("p", { id: `${id}-error`, class: "error", hidden: true });
    const hints = hint === undefined ? [] : [element("p", { id: `${id}-hint`, class: "hint" }, hint)];
    this.parts = [element("label", { for: id }, label), this.input, ...hints, this.#error];
    this.input.addEventListener("input", () => this.mark(undefined));
  }

  get text(): string {
    return this.input.value.trim();
  }

  /** Says what is wrong, or that nothing is. */
  mark(wrong: string | undefined): void {
    this.#error.textContent = wrong ?? "";
    this.#error.hidden = wrong === undefined;
    if (wrong === undefined) this.input.removeAttribute("aria-invalid");
    else this.input.setAttribute("aria-invalid", "true");
  }
}
