// Shipping many orders: a column pasted into one line fills those below it, two columns find their
// lines by order number, and Tab or Enter (a scanner sends it) lead to the next tracking number.
// Without this, a list is pasted into the box above and filled in by the server.
"use strict";
{
  const form = document.getElementById("ship-many");
  const fields = [...form.querySelectorAll("input.tracking")];
  const said = document.getElementById("ship-said");
  const keys = document.getElementById("ship-keys");
  if (keys) keys.hidden = false;

  const lineOf = (number) => {
    const padded = /^\d+$/.test(number) ? number.padStart(9, "0") : number;
    const having = (wanted) => fields.filter((f) => f.dataset.numbers.split(" ").includes(wanted));
    const found = having(number);
    const lines = found.length ? found : having(padded);
    return lines.length === 1 ? lines[0] : undefined; // of two, nobody knows which is meant
  };

  const plain = (number) => number.replace(/\s+/g, "").toUpperCase();

  // As the server fills in a list: a line takes one number of it.
  const fill = (field, rows) => {
    const given = new Map();
    const missing = [];
    const several = new Set();
    const all = form.querySelector("[name=anyway]");
    if (all) all.checked = false; // ticked for other numbers
    let next = fields.indexOf(field);
    for (const [order, number] of rows) {
      while (!order && given.has(fields[next])) next += 1;
      const target = order ? lineOf(order) : fields[next++];
      if (!number) continue; // an empty cell leaves its line alone
      if (!target) {
        missing.push(order || number);
      } else if (!given.has(target)) {
        target.value = number;
        const anyway = target.closest("tr").querySelector("[type=checkbox]");
        if (anyway) anyway.checked = false;
        given.set(target, plain(number));
      } else if (given.get(target) !== plain(number)) {
        several.add(order);
      }
    }
    let text = `${form.dataset.filled} ${given.size}.`;
    if (missing.length) text += ` ${form.dataset.missing} ${missing.join(", ")}.`;
    if (several.size) text += ` ${form.dataset.several} ${[...several].join(", ")}.`;
    said.textContent = text;
  };

  form.addEventListener("paste", (event) => {
    if (!fields.includes(event.target)) return;
    const copied = event.clipboardData.getData("text/plain");
    const text = copied.replace(/\p{Cf}/gu, ""); // marks that nobody sees
    if (!/[\n\r\t]/.test(text.trim())) return; // one number: the browser's own way
    event.preventDefault();
    const rows = text.split(/\r\n|\n|\r/).map((line) => {
      const cells = line.split("\t").map((cell) => cell.trim());
      return cells.length > 1 ? cells.slice(0, 2) : ["", cells[0]];
    });
    while (rows.length && rows.at(-1).every((cell) => !cell)) rows.pop();
    fill(event.target, rows);
  });

  form.addEventListener("keydown", (event) => {
    const at = fields.indexOf(event.target);
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (at < 0 || !plain || (event.key !== "Tab" && event.key !== "Enter")) return;
    const last = at === fields.length - 1;
    if (last && event.key === "Tab") return; // on, to what follows the lines
    event.preventDefault();
    const next = last ? form.querySelector(".ship-send button") : fields[at + 1];
    next.focus();
  });

  // Alone on a page that shows what is wrong: begin there.
  const marked = form.querySelector("[aria-invalid=true], tr.marked input.tracking");
  (marked || fields.find((f) => !f.value) || fields[0])?.focus();
}
