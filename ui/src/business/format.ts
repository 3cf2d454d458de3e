// Numbers and times as people read them.

const WHOLE = new Intl.NumberFormat("en-GB");
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

// Each of them also claims to be those after it.
const BROWSERS = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const SYSTEMS = {
  Windows: "Windows",
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  "Mac OS": "macOS",
  Linux: "Linux",
};

export function money(units: number): string {
  return WHOLE.format(units);
}

export function moment(at_ms: number): string {
  return MOMENT.format(at_ms);
}

export function counted(count: number, thing: string): string {
  return `${WHOLE.format(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** Names a browser from what it says about itself, as far as people call it anything. */
export function device(userAgent: string | undefined): string {
  const text = userAgent ?? "";
  const named = (names: Readonly<Record<string, string>>): string | undefined =>
    Object.entries(names).find(([mark]) => text.includes(mark))?.[1];
  const browser = named(BROWSERS);
  const system = named(SYSTEMS);
  if (browser === undefined) return text.slice(0, 60) || "An unknown browser";
  return system === undefined ? browser : `${browser} on ${system}`;
}

export function transferred(what: string, { from, to, amount }: { from: string; to: string; amount: number }): string {
  return `${what} ${money(amount)} from ${from} to ${to}.`;
}

export function textOf(error: unknown): string {
  // What `fetch` throws without an answer says nothing to anybody.
  if (error instanceof TypeError) return "The service cannot be reached. Check your connection, then try again.";
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
