// The mastery grid by keyboard: arrows move from cell to cell, Enter or a click opens one.
// Without this script the heads of rows and columns are links, and all of it can be read.
(() => {
  const table = document.querySelector("[data-grid]");
  if (!table) return;
  document.querySelector("[data-grid-help]").hidden = false;
  const body = table.tBodies[0];
  const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
  let here = body.rows[0].cells[1];
  here.tabIndex = 0;

  const go = (cell) => {
    if (!cell || cell.tagName !== "TD") return;
    here.tabIndex = -1;
    here = cell;
    here.tabIndex = 0;
    here.focus();
    here.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const open = (cell) => {
    const person = cell.parentElement.dataset.id;
    const target = heads[cell.cellIndex].dataset.id;
    location.href = table.dataset.cellAddress.replace("/0/targets/0", `/${person}/targets/${target}`);
  };
  const at = (row, column) => body.rows[row]?.cells[column];

  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    const row = cell.parentElement.sectionRowIndex;
    const column = cell.cellIndex;
    const last = cell.parentElement.cells.length - 1;
    const moves = {
      ArrowLeft: () => go(at(row, Math.max(column - 1, 1))),
      ArrowRight: () => go(at(row, Math.min(column + 1, last))),
      ArrowUp: () => go(at(Math.max(row - 1, 0), column)),
      ArrowDown: () => go(at(Math.min(row + 1, body.rows.length - 1), column)),
      Home: () => go(at(event.ctrlKey ? 0 : row, 1)),
      End: () => go(at(event.ctrlKey ? body.rows.length - 1 : row, last)),
      Enter: () => open(cell),
    };
    if (moves[event.key]) {
      event.preventDefault();
      moves[event.key]();
    }
  });
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td");
    if (cell) open(cell);
  });
})();
