// Order settings: a field that has no effect is disabled at once. Without this, the page that
// comes back says the same.
"use strict";
{
  const form = document.getElementById("order-settings");
  const master = form.elements["import_amazon_orders"];
  const readOnly = master.disabled;

  const counts = (field) => {
    if (field === master) return true;
    const [parent, value] = (field.dataset.dependsOn || "import_amazon_orders=enabled").split("=");
    const owner = form.elements[parent];
    return owner.value === value && counts(owner);
  };

  const update = () => {
    for (const field of form.querySelectorAll("select, input:not([type=hidden])")) {
      field.disabled = readOnly || !counts(field);
    }
  };

  form.addEventListener("change", update);
  update();
}
