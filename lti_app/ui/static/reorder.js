// Lists that are put in order by dragging (mouse, pen, finger), or by Alt and an arrow key on a
// row's handle. `<ol data-reorder="address">` of `<li data-id>` with a hidden
// `.drag-handle` button; the new order is posted as `order=3,1,2`. Without this script the
// forms of `.up-down` do all; with it they need no new page.
"use strict";

const status = document.getElementById("reorder-status");
const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
const EDGE_PX = 60;
let dragged = null;

const rowsOf = (list) => [...list.querySelectorAll(":scope > li[data-id]")];
const orderOf = (list) => rowsOf(list).map((row) => row.dataset.id).join(",");
// A row may hold a list of its own, with buttons of its own.
const buttonsOf = (row) =>
  row.querySelectorAll(":scope > .up-down button, :scope > * > .up-down button");
const say = (words, place, places) => {
  status.textContent = "";  // said again where the words are the same
  requestAnimationFrame(() => {
    status.textContent = words.replace("{place}", place).replace("{places}", places);
  });
};
const putBack = (list, order) => {
  for (const id of order.split(",")) {
    list.append(rowsOf(list).find((row) => row.dataset.id === id));
  }
};

// Ends of the list have nowhere to go.
const refresh = (list) => {
  const rows = rowsOf(list);
  rows.forEach((row, at) => {
    const [up, down] = buttonsOf(row);
    if (!down) return;
    const focused = document.activeElement;
    up.disabled = at === 0;
    down.disabled = at === rows.length - 1;
    if (focused === up && up.disabled) down.focus();
    if (focused === down && down.disabled) up.focus();
  });
};

// One save after another: the last order on the page is the last one that is saved.
const save = (list, row) => {
  const order = orderOf(list);
  if (order === list.dataset.order) return;
  const rows = rowsOf(list);
  list.dataset.order = order;
  refresh(list);
  say(status.dataset.moved, rows.indexOf(row) + 1, rows.length);
  list.saving = (list.saving ?? Promise.resolve()).then(async () => {
    const body = new URLSearchParams({ order, csrf_token: token });
    try {
      const answer = await fetch(list.dataset.reorder, { method: "POST", body, redirect: "manual" });
      if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(answer.status);
      list.dataset.saved = order;
    } catch {
      if (list.dataset.order === order) {
        list.dataset.order = list.dataset.saved;
        putBack(list, list.dataset.saved);
        refresh(list);
      }
      say(status.dataset.failed);
    }
  });
};

// The others make way; the row that moves stays where it is in the page, so it keeps the focus.
const makeWay = (row, by) => {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (by < 0) row.after(other); else row.before(other);
};
const move = (row, by) => {
  if (!(by < 0 ? row.previousElementSibling : row.nextElementSibling)) return;
  makeWay(row, by);
  row.scrollIntoView({ block: "nearest" });
  save(row.parentElement, row);
};

const middle = (row) => {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
};
const drag = ({ clientY }) => {
  const { nextElementSibling: next, previousElementSibling: previous } = dragged;
  if (next && clientY > middle(next)) makeWay(dragged, 1);
  else if (previous && clientY < middle(previous)) makeWay(dragged, -1);
  if (clientY < EDGE_PX) window.scrollBy(0, -12);
  if (clientY > window.innerHeight - EDGE_PX) window.scrollBy(0, 12);
};

const drop = (keep) => {
  if (!dragged) return;
  const row = dragged;
  dragged = null;
  row.classList.remove("dragged");
  document.removeEventListener("pointermove", drag);
  if (!keep) putBack(row.parentElement, row.parentElement.dataset.order);
  save(row.parentElement, row);
};

for (const list of document.querySelectorAll("[data-reorder]")) {
  list.dataset.order = list.dataset.saved = orderOf(list);
  for (const row of rowsOf(list)) {
    const handle = row.querySelector(":scope > .drag-handle, :scope > * > .drag-handle");
    const buttons = buttonsOf(row);
    if (!handle) continue;
    handle.hidden = false;
    handle.setAttribute("aria-describedby", "reorder-hint");
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.focus();
      dragged = row;
      row.classList.add("dragged");
      document.addEventListener("pointermove", drag);
    });
    handle.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!event.altKey || !by) return;
      event.preventDefault();
      move(row, by);
    });
    buttons.forEach((button, which) => button.addEventListener("click", (event) => {
      event.preventDefault();
      move(row, which === 0 ? -1 : 1);
    }));
  }
}
document.addEventListener("pointerup", () => drop(true));
document.addEventListener("pointercancel", () => drop(false));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") drop(false); });
