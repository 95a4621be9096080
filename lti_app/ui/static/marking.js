// Scoring by keyboard, phrases put into the feedback, and quotes taken from a student's words. All
// of it can be done without this script; the page's list of keys says which there are.
"use strict";

const form = document.getElementById("score");
const queue = document.querySelector("[data-queue]");
for (const keys of document.querySelectorAll(".keys")) keys.hidden = false;
const isTyping = (one) => one.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

function goTo(key) {
  if (!queue) {
    document.querySelector(`[data-key="${key}"]`)?.click();
    return;
  }
  const links = [...queue.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  const to = at < 0 ? 0 : at + (key === "j" ? 1 : -1);
  links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
}

let typedDigits = "";
let typedAt = 0;

function giveLevel(digit) {
  const lines = [...form.querySelectorAll("[data-criterion]")];
  const line = lines.find((one) => one.contains(document.activeElement))
    ?? lines.find((one) => !one.querySelector(":checked")) ?? lines.at(-1);
  const level = line.querySelectorAll("input")[digit - 1];
  if (!level) return;
  level.checked = true;
  const next = lines.slice(lines.indexOf(line) + 1).find((one) => !one.querySelector(":checked"));
  (next ? next.querySelector("input") : level).focus();
}

function givePoints(digit) {
  const field = form.elements.points ?? form.querySelector(".item-points input");
  if (!field) return;
  // Two digits within a second are one number.
  typedDigits = Date.now() - typedAt < 1000 ? typedDigits + digit : String(digit);
  typedAt = Date.now();
  field.value = typedDigits;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save-next]"));
    return;
  }
  if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const digit = /^Digit(\d)$|^Numpad(\d)$/.exec(event.code);
  if (digit && form) {
    const value = Number(digit[1] ?? digit[2]);
    if (event.shiftKey) form.querySelectorAll("[data-phrase]")[value - 1]?.click();
    else if (form.querySelector("[data-criterion]")) giveLevel(value);
    else givePoints(value);
    event.preventDefault();
  } else if (["j", "k"].includes(event.key.toLowerCase())) {
    goTo(event.key.toLowerCase());
  }
});

if (form) {
  const feedback = form.elements.feedback;
  const phrases = form.querySelector("[data-phrases]");
  phrases?.querySelectorAll("input[type=checkbox]").forEach((box, place) => {
    // Put in at once, it can be worked on before it is saved.
    const words = box.parentElement.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary phrase";
    button.dataset.phrase = "";
    const shown = document.createElement("span");
    shown.textContent = `${place + 1} · ${words}`;
    button.append(shown);
    button.setAttribute("aria-label", `${phrases.dataset.phrases}: ${words}`);
    button.addEventListener("click", () => {
      if (feedback.value.includes(words)) return;
      feedback.value = [feedback.value.trimEnd(), words].filter(Boolean).join("\n");
    });
    box.closest(".tap").replaceChildren(button);
  });

  let isSent = false;
  form.addEventListener("submit", () => { isSent = true; });
  addEventListener("pageshow", () => { isSent = false; });
  addEventListener("beforeunload", (event) => {
    const changed = [...form.elements].some((one) => one.matches("textarea") && one.value !== one.defaultValue);
    if (changed && !isSent) event.preventDefault();
  });
}

for (const work of document.querySelectorAll("[data-quotable]")) {
  const words = work.querySelector(".evidence");
  const quote = work.querySelector("input[name^=quote-]");
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    const chosen = selection.toString().trim();
    if (!chosen || !words.contains(selection.anchorNode) || !words.contains(selection.focusNode)) return;
    quote.value = chosen.slice(0, quote.maxLength);
    quote.closest("details").open = true;
  });
}
