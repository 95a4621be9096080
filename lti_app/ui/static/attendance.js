// Attendance in one tap each, also while there is no connection: taps are kept in this browser and
// sent once it is back, with the time of the tap, so that the last one counts whichever comes last.
// Only numbers are kept, no names, and they are gone as soon as they are sent.
"use strict";

const list = document.querySelector("[data-attendance]");
const status = document.getElementById("attendance-status");
const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
const KEY = `attendance:${list.dataset.attendance}`;
const AGAIN_MS = 4000;
let sending = false;

const kept = () => JSON.parse(localStorage.getItem(KEY) ?? "[]");
const keep = (marks) => {
  list.dataset.busy = marks.length ? "yes" : "";
  if (marks.length) localStorage.setItem(KEY, JSON.stringify(marks));
  else localStorage.removeItem(KEY);
};
const say = (words) => { if (status.textContent !== words) status.textContent = words; };

const show = ({ person, here }) => {
  const row = list.querySelector(`[data-person="${person}"]`);
  for (const form of row?.querySelectorAll("form.one-tap") ?? []) {
    const on = (form.elements.here.value === "yes") === here;
    const button = form.querySelector("button");
    button.setAttribute("aria-pressed", String(on));
    button.className = `btn ${on ? (here ? "btn-success" : "btn-secondary") : "btn-outline-primary"}`;
  }
};

const send = async () => {
  const marks = kept();
  if (sending || !marks.length) return;
  sending = true;
  try {
    const answer = await fetch(list.dataset.attendance, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ marks }),
      redirect: "manual",
    });
    if (answer.ok) {
      // What was tapped meanwhile stays.
      keep(kept().slice(marks.length));
      say(kept().length ? status.dataset.queued : status.dataset.sent);
    } else if (answer.status >= 400 && answer.status < 500) {
      keep(kept().slice(marks.length));
      say(status.dataset.refused);
    } else {
      say(status.dataset.queued);
    }
  } catch {
    say(status.dataset.queued);
  } finally {
    sending = false;
  }
};

list.addEventListener("submit", (event) => {
  const form = event.target.closest("form.one-tap");
  if (!form) return;
  event.preventDefault();
  const mark = {
    person: Number(form.elements.person.value),
    here: form.elements.here.value === "yes",
    at: Date.now(),
  };
  keep([...kept(), mark]);
  show(mark);
  send();
});
window.addEventListener("online", send);
setInterval(send, AGAIN_MS);
kept().forEach(show);
send();
