// Coming back from the provider: whether the page has, and where it goes on.
import type { Settings } from "./settings";

/** Tells whether the page was opened with an answer, whatever its form, and not merely at the address of answers. */
export function isCallback(settings: Settings): boolean {
  return location.pathname === new URL(settings.redirect_uri).pathname && location.search + location.hash !== "";
}

export function returnTo(settings: Settings, wish: string | undefined): void {
  if (wish === undefined || !URL.canParse(wish, location.origin)) return;
  const target = new URL(wish, location.origin);
  if (target.origin === location.origin) {
    // The whole address, because a path may begin with `//`, which alone would be another host.
    history.replaceState(null, "", target.href);
  } else if (settings.return_url === "any") {
    location.assign(target.href);
  }
}
