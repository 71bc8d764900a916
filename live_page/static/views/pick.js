// A dialog that finds a person by name.

import { get } from "../api.js";
import { act } from "../dialog.js";
import { button, fill, h } from "../dom.js";

export function pickPerson(title, chosen) {
  const opener = document.activeElement;
  const list = h("ul", { class: "pick" });
  const field = h("input", { type: "search", placeholder: "Name, user name, or department", "aria-label": "Search people" });
  const dialog = h("dialog", {}, h("div", { class: "stack" }, h("h2", {}, title), field, list, h("div", { class: "buttons end" }, button("Cancel", () => dialog.close(), { class: "quiet" }))));
  const look = () => act(async () => {
    const page = await get("/api/people", { search: field.value, page: 0 });
    fill(list, page.rows.slice(0, 8).map((row) => h("li", {}, button([row.name, h("small", {}, `${row.user_name} · ${row.department}`)], (event) => act(async () => {
      await chosen(row);
      dialog.close();
    }, event.currentTarget)))), page.found > 8 && h("li", { class: "dim small" }, `and ${page.found - 8} more: type to narrow the list`));
  });
  let timer = null;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, 120);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener?.focus?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  look();
}
