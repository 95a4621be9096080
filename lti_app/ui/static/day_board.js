// The day board keeps itself up to date; without a connection it stays as it was.
"use strict";

const SECONDS = Number(document.getElementById("day-board").dataset.refreshS);
let shown = document.getElementById("day-board").innerHTML;

const refresh = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("day-board");
    if (!fresh || fresh.innerHTML === shown) return;
    shown = fresh.innerHTML;
    document.getElementById("day-board").innerHTML = shown;
  } catch { /* The next round tries again. */ }
};
setInterval(refresh, SECONDS * 1000);
document.addEventListener("visibilitychange", refresh);
