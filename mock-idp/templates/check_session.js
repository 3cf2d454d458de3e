const name = document.getElementById("session").dataset.cookie;
const browserState = () =>
  document.cookie.split("; ").find((crumb) => crumb.startsWith(name + "="))?.slice(name.length + 1) ?? "";
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
async function stateNow(client, origin, salt) {
  const text = new TextEncoder().encode(`${client} ${origin} ${browserState()} ${salt}`);
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", text))) + "." + salt;
}
addEventListener("message", async ({ data, origin, source }) => {
  const [client, state] = typeof data === "string" ? data.split(" ") : [];
  const salt = state?.split(".")[1];
  if (!client || !salt || data.split(" ").length !== 2) return source?.postMessage("error", origin);
  source.postMessage((await stateNow(client, origin, salt)) === state ? "unchanged" : "changed", origin);
});
