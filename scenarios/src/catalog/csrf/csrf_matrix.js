
(async () => {
  let sent = 0;
  const tried = async (attempt) => { try { await attempt(); } catch { /* refused by the browser */ } sent += 1; };
  const plain = { mode: "no-cors", credentials: "include" };
  const typed = (type, body) => ({ ...plain, method: "POST", headers: { "content-type": type }, body });
  await tried(() => fetch(target, typed("application/x-www-form-urlencoded", form)));
  await tried(() => fetch(target, typed("text/plain", json)));
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    await tried(() => fetch(target, { method, credentials: "include", headers: { "content-type": "application/json", "x-csrf": "1" }, body: json }));
  }
  await tried(() => navigator.sendBeacon(target, new Blob([form], { type: "application/x-www-form-urlencoded" })));
  await tried(() => new Promise((done) => { const image = new Image(); image.onload = image.onerror = done; image.src = `${target}?${form}`; }));
  for (const sandbox of [null, "allow-forms allow-scripts"]) {
    await tried(() => new Promise((done) => {
      const frame = document.createElement("iframe");
      if (sandbox) frame.setAttribute("sandbox", sandbox);
      let loads = 0;
      frame.onload = () => { loads += 1; if (loads === 2) done(); };
      frame.srcdoc = `<form id=f method=post action="${target}">${fields}</form><script>addEventListener('load', () => setTimeout(() => f.submit()))<\/script>`;
      document.body.append(frame);
      setTimeout(done, 3000);
    }));
  }
  document.documentElement.dataset.sent = String(sent);
})();
