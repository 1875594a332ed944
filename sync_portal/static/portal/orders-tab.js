// The Orders tab by keyboard: / search, j k move, Enter open, x select, s ship, n p pages, ? help.
// The place in the list is the focus itself, so that a screen reader follows.
"use strict";
{
  const rows = [...document.querySelectorAll("#result_list tbody tr")];
  const link = (row) => row.querySelector(".field-number a");
  const box = (row) => row.querySelector("input.pick");
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));

  const move = (step) => {
    const at = here();
    const to = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) {
      link(row).focus();
      row.scrollIntoView({ block: "nearest" });
    }
  };

  const page = (rel) => {
    const target = document.querySelector(`.pages a[rel=${rel}]`);
    if (target) target.click();
  };

  const ship = () => {
    const picked = rows.filter((row) => box(row) && box(row).checked);
    const action = document.querySelector("select[name=action] option[value=ship_orders]");
    if (picked.length && action) {
      action.selected = true;
      document.querySelector(".actions button[name=index]").click();
      return;
    }
    const row = rows[here()];
    if (row && row.dataset.ship) location.assign(row.dataset.ship);
  };

  const keys = {
    "/": () => document.getElementById("searchbar").focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const row = rows[here()];
      if (row && box(row)) box(row).click();
    },
    s: ship,
    n: () => page("next"),
    p: () => page("prev"),
    "?": () => document.getElementById("keys").togglePopover(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (typing) return;
    event.preventDefault();
    keys[event.key]();
  });

  // On a phone the filters would stand before the orders; what is applied is said by the chips.
  if (matchMedia("(max-width: 767px)").matches) document.querySelector(".filters").open = false;

  const all = document.getElementById("select-page");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const row of rows) box(row).checked = all.checked;
    });
  }
}
