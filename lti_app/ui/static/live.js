// Parts of a page that keep themselves up to date: `<… id="x" data-refresh-s="20">`. Without a
// connection they stay as they were; a part in which somebody is busy waits.
"use strict";

const parts = [...document.querySelectorAll("[data-refresh-s][id]")];
const shown = new Map(parts.map((part) => [part.id, part.innerHTML]));

const refresh = async () => {
  const idle = parts.filter((part) => !part.contains(document.activeElement) && !part.dataset.busy);
  if (document.hidden || !idle.length) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of idle) {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === shown.get(part.id) || part.dataset.busy) continue;
      shown.set(part.id, fresh.innerHTML);
      part.innerHTML = fresh.innerHTML;
    }
  } catch { /* The next round tries again. */ }
};
if (parts.length) {
  setInterval(refresh, 1000 * Math.min(...parts.map((part) => Number(part.dataset.refreshS))));
  document.addEventListener("visibilitychange", refresh);
}
