"use strict";
(() => {
  const table = document.getElementById("trials");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  // What a column is sorted by: numbers before texts, what is missing last either way.
  const key = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.k ?? cell.textContent;
    if (given === "nan") return null;
    const number = Number(given);
    return Number.isNaN(number) || given.trim() === "" ? given : number;
  };
  const compare = (a, b) => {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return typeof a === "number" ? a - b : a.localeCompare(b);
  };
  const sort = (head, column) => {
    const first = column === 1 ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * compare(a, b);
    });
    body.replaceChildren(...rows.map(([, row]) => row));
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
  };
  document.getElementById("trials-hint").append(" Column heads sort.");
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head, column));
    head.replaceChildren(button);
  });
})();
