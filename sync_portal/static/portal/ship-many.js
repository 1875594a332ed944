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
    const has = (field, wanted) => field.dataset.numbers.split(" ").includes(wanted);
    return fields.find((f) => has(f, number)) || fields.find((f) => has(f, padded));
  };

  const fill = (field, rows) => {
    const missing = [];
    let filled = 0;
    let next = fields.indexOf(field);
    for (const [first, second] of rows) {
      const target = second === undefined ? fields[next++] : lineOf(first);
      const number = second === undefined ? first : second;
      if (!number) continue; // an empty cell leaves its line alone
      if (target) target.value = number;
      else missing.push(first);
      filled += target ? 1 : 0;
    }
    let text = `${form.dataset.filled} ${filled}.`;
    if (missing.length) text += ` ${form.dataset.missing} ${missing.join(", ")}.`;
    said.textContent = text;
  };

  form.addEventListener("paste", (event) => {
    if (!fields.includes(event.target)) return;
    const text = event.clipboardData.getData("text/plain");
    if (!/[\n\r\t]/.test(text.trim())) return; // one number: the browser's own way
    event.preventDefault();
    const rows = text.split(/\r\n|\n|\r/).map((line) =>
      line.split("\t").map((cell) => cell.trim()),
    );
    while (rows.length && rows.at(-1).every((cell) => !cell)) rows.pop();
    fill(event.target, rows.map((cells) => (cells.length > 1 ? cells.slice(0, 2) : cells)));
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
  (form.querySelector("[aria-invalid=true]") || fields.find((f) => !f.value) || fields[0])?.focus();
}
