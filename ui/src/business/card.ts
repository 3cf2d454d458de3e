// A part of the page with a heading of its own, which is how it is called.
import { element } from "./element";

export function card(id: string, heading: string, ...content: (Node | string)[]): HTMLElement {
  const title = element("h2", { id: `${id}-heading`, tabindex: "-1" }, heading);
  return element("section", { id, class: "card", "aria-labelledby": title.id }, title, ...content);
}

/** Moves to a heading, so that whoever cannot see the page is where the news is. */
export function moveTo(part: HTMLElement): void {
  part.querySelector<HTMLElement>("h1, h2")?.focus();
}
