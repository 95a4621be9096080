// In Classroom's iframe: open the window of the sign-in, hear its key, and come in when it is done.
const ASK_MS = 2000;
const LONGEST_MS = 10 * 60 * 1000; // as long as a sign-in may take
const door = document.getElementById("door");
const form = document.getElementById("enter");
const fields = form.elements;
let since = 0;

const ask = async () => {
  if (!fields.key.value) return;
  const body = new URLSearchParams({ key: fields.key.value, channel: fields.channel.value });
  try {
    const answer = await fetch(door.dataset.poll, { method: "POST", body });
    if (answer.ok && (await answer.json()).ready) form.submit();
  } catch { /* The next round tries again. */ }
};

const wait = () => {
  if (Date.now() - since > LONGEST_MS) return;
  ask().finally(() => setTimeout(wait, ASK_MS));
};

document.getElementById("open").addEventListener("click", (event) => {
  event.preventDefault();
  const opened = window.open(event.currentTarget.href, "_blank", "popup,width=560,height=680");
  document.getElementById("blocked").hidden = opened !== null;
});

// Only pages of our own origin are heard: this browser's window of the sign-in.
window.addEventListener("message", ({ data, origin, source }) => {
  if (origin !== window.location.origin || !source) return;
  if (data?.pathways === "key") {
    fields.key.value = data.key;
    source.postMessage({ pathways: "kept" }, origin);
    const waiting = document.getElementById("waiting");
    waiting.textContent = waiting.dataset.words;
    document.getElementById("blocked").hidden = true;
    const runs = since !== 0;
    since = Date.now();
    if (!runs) wait();
  }
  if (data?.pathways === "done") ask();
});
