const { target, response } = document.getElementById("answer").dataset;
const client = window.opener ?? (window.parent === window ? null : window.parent);
client?.postMessage({ type: "authorization_response", response: JSON.parse(response) }, target);
