// Hands the provider's answer to the page that framed this document, and to no other origin's.
"use strict";
const answer = location.href;
// A code stays in no address for longer than it must.
history.replaceState(null, "", location.pathname);
if (parent !== self) parent.postMessage({ kind: "silent-callback", answer }, location.origin);
