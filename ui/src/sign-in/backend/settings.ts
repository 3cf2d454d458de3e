// What the backend's host page tells the page, in an element that is no script to the browser.
import type { PageSettings } from "../../sign-in";

export interface BackendSettings extends PageSettings {
  /** How the feed comes from the backend. */
  readonly live?: "events" | "websocket";
  /** The parent domain for which a weakened page keeps its access token in a cookie, where every browser sends it by itself. */
  readonly cookie_domain?: string;
}

export function readSettings(): BackendSettings {
  const text = document.getElementById("settings")?.textContent;
  return text ? (JSON.parse(text) as BackendSettings) : {};
}
