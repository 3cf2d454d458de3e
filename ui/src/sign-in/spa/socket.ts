// Opens the API's feed and shows it the access token, in the one way that the settings say.
import type { User } from "oidc-client-ts";
import type { Api } from "./api";
import type { Settings } from "./settings";

export async function openSocket(settings: Settings, api: Api, user: User): Promise<WebSocket> {
  const page = `${settings.api}/live`;
  const address = page.replace(/^http/, "ws");
  switch (settings.ws_auth) {
    case "ticket":
      return new WebSocket(`${address}?${new URLSearchParams({ ticket: await ticket(api, user) })}`);
    case "query":
      return new WebSocket(`${address}?${new URLSearchParams({ access_token: user.access_token })}`);
    case "subprotocol":
      // The API chooses the first; the second is there to be read (RFC 6455 §1.9).
      return new WebSocket(address, ["bearer", user.access_token]);
    case "first-message": {
      const proof = await api.proof(user, page);
      const socket = new WebSocket(address);
      const shown = { access_token: user.access_token, ...(proof !== undefined && { dpop: proof }) };
      socket.addEventListener("open", () => socket.send(JSON.stringify(shown)));
      return socket;
    }
  }
}

async function ticket(api: Api, user: User): Promise<string> {
  const response = await api.call(user, { path: "/live/ticket", method: "POST" });
  if (!response.ok) throw new Error(`The service gave no ticket for the feed (${response.status}).`);
  return ((await response.json()) as { ticket: string }).ticket;
}
