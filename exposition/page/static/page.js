// Keeps #live current and filters while one types. Without it the pages are the same,
// as they were when they were loaded.
"use strict";
const every = 10000;
const refresh = document.getElementById("refresh");
const form = document.querySelector("form.filter");
let paused = false, turn = 0;

// load puts the #live of a page in place of ours; a later load wins over an earlier.
async function load(url) {
  const mine = ++turn;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = next.getElementById("live"), live = document.getElementById("live");
    if (mine !== turn || !answer.ok || !fresh || !live) return;
    const at = document.activeElement, href = live.contains(at) && at.getAttribute("href");
    const places = [...live.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    live.replaceWith(fresh);
    [...fresh.querySelectorAll(".scroll")].forEach((box, i) => { box.scrollLeft = places[i] || 0; });
    if (href) [...fresh.querySelectorAll("a")].find((a) => a.getAttribute("href") === href)?.focus();
    const time = document.querySelector("footer time");
    if (time) time.replaceWith(next.querySelector("footer time"));
  } catch { /* the replica is away; what is shown stays, with its time */ }
}

if (refresh && document.getElementById("live")) {
  const button = document.createElement("button");
  const say = () => { button.textContent = paused ? "Refresh again" : "Pause"; };
  button.type = "button";
  button.addEventListener("click", () => { paused = !paused; say(); if (!paused) load(location.href); });
  say();
  refresh.append("Refreshes every " + every / 1000 + " s", button);
  refresh.hidden = false;
  setInterval(() => { if (!paused && !document.hidden && getSelection().isCollapsed) load(location.href); }, every);
}

if (form) {
  let wait;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      history.replaceState(null, "", "/exporters?" + asked);
      load(location.href);
    }, 200);
  });
}

for (const text of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break; // only over https, or on this machine
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  button.addEventListener("click", async () => { await navigator.clipboard.writeText(text.textContent); button.textContent = "Copied"; });
  text.before(button);
}
for (const link of document.querySelectorAll("[data-json]")) {
  link.addEventListener("click", () => { const to = new URL(location); to.searchParams.set("format", "json"); link.href = to; });
}
