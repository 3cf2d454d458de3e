const next = document.getElementById("continue")?.href;
const framed = [...document.querySelectorAll("iframe")].map(
  (frame) => new Promise((loaded) => frame.addEventListener("load", loaded, { once: true })),
);
const late = new Promise((passed) => setTimeout(passed, 3000));
if (next) Promise.race([Promise.all(framed), late]).then(() => location.replace(next));
