// Ends the sign-in that the provider names: here where tokens are stored, in other tabs by telling them.
// All of it happens before the frame is loaded, because the provider moves on as soon as it is.
"use strict";
const { issuer, client_id } = JSON.parse(document.getElementById("peers").textContent);
const sid = new URLSearchParams(location.search).get("sid");

function clear(storage) {
  const user = JSON.parse(storage.getItem(`oidc.user:${issuer}:${client_id}`) ?? "null");
  if (user && sid !== null && user.profile?.sid !== sid) return;
  for (const key of Object.keys(storage)) {
    if (key.startsWith("oidc.")) storage.removeItem(key);
  }
}

function attempt(step) {
  try {
    step();
  } catch {
    // In a frame of another site a browser may refuse its storage; then there is nothing of ours to clear.
  }
}

attempt(() => clear(localStorage));
attempt(() => clear(sessionStorage));
attempt(() => {
  const tabs = new BroadcastChannel("sign-in");
  tabs.postMessage({ kind: "frontchannel-logout", ...(sid !== null && { sid }) });
  tabs.close();
});
