// Boards: on that of a day cards, students and needs are put elsewhere by dragging, or a card by Alt
// and an arrow key; on that of the matching, coursework is put under another target. Every change is
// one of the page's own forms, sent in the background; the board that comes back says at once what
// came of it. Without this script the forms do all with a new page.
"use strict";

const status = document.getElementById("board-status");
const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
const board = () => document.getElementById("board");
const base = location.pathname.replace(/\/$/, "");
const WHILE_MADE_MS = 1500;
const WHILE_HELD_MS = 600;
let busy = Promise.resolve();
let carried = null;

const say = (words) => {
  status.textContent = "";  // said again where the words are the same
  requestAnimationFrame(() => { status.textContent = words; });
};

// What was open and where the focus was, found again on the new board by name.
const remember = () => ({
  open: [...board().querySelectorAll("details[open][data-keep]")].map((one) => one.dataset.keep),
  card: document.activeElement?.closest("[data-planned]")?.id,
});
const restore = ({ open, card }) => {
  for (const name of open) {
    const details = board().querySelector(`details[data-keep="${name}"]`);
    if (details) details.open = true;
  }
  if (card) document.getElementById(card)?.focus();
};

const show = (html) => {
  const kept = remember();
  const page = new DOMParser().parseFromString(html, "text/html");
  board().replaceWith(page.getElementById("board"));
  prepare();
  restore(kept);
  return page;
};

const refresh = async () => {
  const answer = await fetch(`${base}/board?day=${board().dataset.day}`);
  if (answer.ok) show(await answer.text());
};

// One after another: each is made on the board that the one before has left.
const send = (action, fields) => {
  busy = busy.then(async () => {
    const { day } = board().dataset;
    const body = new URLSearchParams({ ...fields, ...(day && { day }), csrf_token: token });
    try {
      const answer = await fetch(action, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById("board")) {
        show(page.documentElement.outerHTML);
        say(page.querySelector("main > [role=status]")?.textContent ?? "");
      } else {
        say(page.querySelector("h1")?.textContent ?? status.dataset.failed);
        await refresh();
      }
    } catch {
      say(status.dataset.failed);
    }
  });
  return busy;
};

const placeOf = (cell) => cell?.dataset.place;
// One that is ticked takes all that are ticked along.
const withIt = (item) => {
  const ticked = [...board().querySelectorAll("input[name=item]:checked")].map((box) => box.value);
  return ticked.includes(item) ? ticked.join(",") : item;
};
const dropped = (onto, cell) => {
  const { planned, gap, target, item } = carried;
  if (item) return send(`${base}/move`, { item: withIt(item), to: placeOf(cell) });
  if (onto && onto.dataset.target === target) {
    if (planned) return send(`${base}/merge`, { planned, into: onto.dataset.planned });
    return send(`${base}/seat`, { gap, place: onto.dataset.planned });
  }
  if (!placeOf(cell)) return undefined;
  if (planned) return send(`${base}/move`, { planned, place: placeOf(cell) });
  return send(`${base}/seat`, { gap, place: placeOf(cell) });
};

const neighbour = (cell, key) => {
  const row = cell.parentElement;
  const column = [...row.children].indexOf(cell);
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  if (!step) return null;
  const rows = [...row.parentElement.children];
  let at = rows.indexOf(row) + step[0];
  let to = column + step[1];
  // Places where nobody is free are passed over.
  while (rows[at]?.children[to]) {
    if (placeOf(rows[at].children[to])) return rows[at].children[to];
    at += step[0];
    to += step[1];
  }
  return null;
};

const prepare = () => {
  for (const card of board().querySelectorAll("[data-planned]")) {
    card.tabIndex = 0;
    card.setAttribute("aria-describedby", "board-hint");
  }
};

document.addEventListener("dragstart", (event) => {
  const one = event.target.closest?.("#board [draggable=true]");
  if (!one) return;
  carried = { ...one.dataset };
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  one.classList.add("dragged");
});
document.addEventListener("dragend", () => {
  carried = null;
  for (const one of document.querySelectorAll(".dragged, .over")) one.classList.remove("dragged", "over");
});
document.addEventListener("dragover", (event) => {
  const cell = event.target.closest?.("#board [data-place]");
  if (!carried || !cell) return;
  event.preventDefault();
  if (cell.classList.contains("over")) return;
  for (const one of document.querySelectorAll(".over")) one.classList.remove("over");
  cell.classList.add("over");
  // Held over what is closed, it opens.
  if (cell.matches("summary")) setTimeout(() => { cell.parentElement.open ||= cell.matches(".over"); }, WHILE_HELD_MS);
});
document.addEventListener("drop", (event) => {
  const cell = event.target.closest?.("#board [data-place]");
  if (!carried || !cell) return;
  event.preventDefault();
  const onto = event.target.closest("[data-planned]");
  dropped(onto?.dataset.planned === carried.planned ? null : onto, cell);
});
document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("#board [data-planned]");
  if (!card || !event.altKey || event.target !== card) return;
  const cell = neighbour(card.closest("td") ?? card, event.key);
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  if (cell) send(`${base}/move`, { planned: card.dataset.planned, place: placeOf(cell) });
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("#board form:not(.publish, .whole-page)");
  if (!form) return;
  event.preventDefault();
  send(form.action, Object.fromEntries(new FormData(form)));
});

prepare();
const watch = async () => {
  if (board().dataset.making !== "yes") return;
  await refresh().catch(() => undefined);
  setTimeout(watch, WHILE_MADE_MS);
};
setTimeout(watch, WHILE_MADE_MS);
