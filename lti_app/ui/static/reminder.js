// A quiet word on every page, 15 and 5 minutes before a session, and when one has changed. It is no
// live region: a screen reader speaks of it only when its owner goes there.
"use strict";

const place = document.getElementById("reminder");
const ASK_MS = 60000;
const LOOK_MS = 5000;
const MINUTES = [5, 15];
const KEY = "reminders-seen";
let known = { coming: [], changed: 0 };

// In an iframe of a browser that blocks other sites' storage, what was seen is known to this page only.
let here = [];
const seen = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    return here;
  }
};
const hide = (name) => {
  here = [...seen(), name].slice(-50);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(here));
  } catch { /* Then it is kept here. */ }
  place.hidden = true;
};

const show = (name, words) => {
  if (place.dataset.name === name && !place.hidden) return;
  place.dataset.name = name;
  place.querySelector("a").textContent = words;
  place.querySelector("a").href = known.address;
  place.hidden = false;
};

const look = () => {
  // The page that says it all needs no reminder of itself.
  if (known.address === location.pathname) return;
  if (known.changed && !seen().includes(`changed-${known.changed}`)) {
    show(`changed-${known.changed}`, known.words);
    return;
  }
  for (const one of known.coming) {
    const minutes = (one.starts - Date.now()) / 60000;
    const due = MINUTES.find((before) => minutes > 0 && minutes <= before);
    const name = `${one.id}-${one.sequence}-${due}`;
    if (due && !seen().includes(name)) {
      show(name, one.words);
      return;
    }
  }
  if (!seen().includes(place.dataset.name)) place.hidden = true;
};

const ask = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(place.dataset.ask, { cache: "no-store" });
    if (answer.ok) known = await answer.json();
  } catch { /* The next minute tries again. */ }
  look();
};

place.querySelector("button").addEventListener("click", () => hide(place.dataset.name));
ask();
setInterval(ask, ASK_MS);
setInterval(look, LOOK_MS);
