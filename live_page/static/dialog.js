// Dialogs that ask for values, and the panel for details. Both close with Escape and give the focus back.

import { button, fill, h, put } from "./dom.js";

// Fields: {name, label, type: text|number|select|textarea|search, value, options, help}. `submit(values)` may throw a problem.
export function ask({ title, text, fields = [], action, danger, submit }) {
  const opener = document.activeElement;
  const problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  const inputs = Object.fromEntries(fields.map((field) => [field.name, input(field)]));
  const confirm = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const form = h("form", { class: "stack" },
    h("h2", {}, title), text && h("p", { class: "dim" }, text), problem,
    fields.map((field) => h("label", {}, field.label, inputs[field.name], field.help && h("small", {}, field.help))),
    h("div", { class: "buttons end" }, button("Cancel", () => dialog.close(), { class: "quiet" }), confirm));
  const dialog = h("dialog", {}, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    confirm.disabled = true;
    try {
      await submit(Object.fromEntries(Object.entries(inputs).map(([name, field]) => [name, field.value.trim()])));
      dialog.close();
    } catch (error) {
      problem.hidden = false;
      fill(problem, error.message, error.next ? ` ${error.next}` : "");
      confirm.disabled = false;
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener?.focus?.();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function input(field) {
  if (field.type === "select") {
    const options = field.options.map((one) => (typeof one === "string" ? { value: one, label: one } : one));
    const select = h("select", { name: field.name }, options.map((one) => h("option", { value: one.value }, one.label)));
    if (field.value !== undefined) select.value = field.value;
    return select;
  }
  const attributes = { name: field.name, value: field.value ?? "", required: field.required !== false, autocomplete: "off", maxlength: 200 };
  if (field.type === "number") return h("input", { ...attributes, type: "number", min: field.min, max: field.max, step: field.step || 1 });
  return h("input", { ...attributes, type: field.type || "text" });
}

let closing = null;

// The panel at the right edge; `close` is called when it goes away.
export function openDrawer(title, content, close) {
  closeDrawer();
  const opener = document.activeElement;
  const place = document.getElementById("drawer");
  const shut = button("Close", () => closeDrawer(), { class: "quiet" });
  put(place,
    h("div", { class: "veil", onclick: () => closeDrawer() }),
    h("section", { class: "drawer", role: "dialog", "aria-label": title, tabindex: "-1" }, h("header", {}, h("h2", {}, title), shut), content));
  place.classList.add("open");
  shut.focus();
  closing = () => {
    place.classList.remove("open");
    put(place);
    opener?.focus?.();
    close?.();
  };
}

export function closeDrawer() {
  const shut = closing;
  closing = null;
  shut?.();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeDrawer();
});

export function toast(message, kind) {
  const place = document.getElementById("toasts");
  const shown = h("div", { class: `toast ${kind || ""}` }, message, button("×", () => shown.remove(), { "aria-label": "Dismiss", class: "quiet" }));
  place.append(shown);
  while (place.children.length > 4) place.firstChild.remove();
  setTimeout(() => shown.remove(), kind === "bad" ? 15000 : 5000);
}

// Runs an action of a button: disables it meanwhile, and shows what went wrong.
export async function act(work, target) {
  if (target) target.disabled = true;
  try {
    return await work();
  } catch (error) {
    toast(error.next ? `${error.message} ${error.next}` : error.message, "bad");
    return undefined;
  } finally {
    if (target) target.disabled = false;
  }
}
