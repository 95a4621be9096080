// The map of targets: bigger, smaller and to all sides, by buttons and keys. Without this script
// the map stands in its natural size and scrolls.
"use strict";

for (const frame of document.querySelectorAll("[data-map]")) {
  const scroll = frame.querySelector(".map-scroll");
  const svg = frame.querySelector("svg");
  const width = svg.viewBox.baseVal.width;
  const height = svg.viewBox.baseVal.height;
  const STEP_PX = 120;
  let zoom = 1;

  const grow = (to) => {
    // What is in the middle stays in the middle.
    const x = (scroll.scrollLeft + scroll.clientWidth / 2) / zoom;
    const y = (scroll.scrollTop + scroll.clientHeight / 2) / zoom;
    zoom = Math.min(3, Math.max(0.5, to));
    svg.setAttribute("width", width * zoom);
    svg.setAttribute("height", height * zoom);
    scroll.scrollLeft = x * zoom - scroll.clientWidth / 2;
    scroll.scrollTop = y * zoom - scroll.clientHeight / 2;
  };
  const zooms = {
    in: () => grow(zoom * 1.25),
    out: () => grow(zoom / 1.25),
    reset: () => { grow(1); showHere(); },
  };
  const pans = {
    left: [-STEP_PX, 0], right: [STEP_PX, 0], up: [0, -STEP_PX], down: [0, STEP_PX],
  };
  const showHere = () => {
    const box = frame.querySelector(".map-here");
    if (!box) return;
    const to = box.getBoundingClientRect();
    const from = scroll.getBoundingClientRect();
    scroll.scrollBy(
      to.left + to.width / 2 - from.left - from.width / 2,
      to.top + to.height / 2 - from.top - from.height / 2,
    );
  };

  for (const button of frame.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", zooms[button.dataset.zoom]);
  }
  for (const button of frame.querySelectorAll("[data-pan]")) {
    button.addEventListener("click", () => scroll.scrollBy(...pans[button.dataset.pan]));
  }
  const keys = {
    "+": zooms.in, "=": zooms.in, "-": zooms.out, "−": zooms.out, "0": zooms.reset,
    ArrowLeft: () => scroll.scrollBy(...pans.left),
    ArrowRight: () => scroll.scrollBy(...pans.right),
    ArrowUp: () => scroll.scrollBy(...pans.up),
    ArrowDown: () => scroll.scrollBy(...pans.down),
  };
  scroll.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  frame.querySelector(".map-tools").hidden = false;
  showHere();
}
