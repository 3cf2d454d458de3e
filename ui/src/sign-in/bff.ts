// The sign-in through the backend: the page knows who is signed in, and holds nothing that could be stolen.
import type { SignIn, User } from "../sign-in";

async function send(path: string, method: "GET" | "POST", body?: unknown): Promise<Response> {
  // No other site's page can set this header without a preflight, which the backend does not answer.
  const headers: Record<string, string> = { Accept: "application/json", "X-CSRF": "1" };
  const request: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store", redirect: "error" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  return fetch(path, request);
}

async function resume(): Promise<User | undefined> {
  const response = await send("/bff/user", "GET");
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`The application answered ${response.status}.`);
  const user = (await response.json()) as { signed_in?: boolean; name?: string; sub?: string };
  return user.signed_in === false ? undefined : { name: user.name ?? user.sub ?? "somebody" };
}

async function begin(): Promise<void> {
  location.assign("/bff/login?return_url=%2F");
}

async function end(): Promise<void> {
  const response = await send("/bff/logout", "POST");
  if (response.status === 401) {
    location.replace("/");
    return;
  }
  if (!response.ok) throw new Error(`The application answered ${response.status}, so you may still be signed in.`);
  const { url } = (await response.json()) as { url: string };
  location.assign(url);
}

export const signIn: SignIn = {
  resume,
  begin,
  end,
  call: (path, body) => send(`/api${path}`, body === undefined ? "GET" : "POST", body),
};
