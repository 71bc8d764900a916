// People and groups of the directory: lists that are paged on the server, and one person or group in full.

import { get, post } from "../api.js";
import { act, ask, toast } from "../dialog.js";
import { button, chip, count, empty, fill, h, number, pager, table } from "../dom.js";
import { groupPage } from "./group.js";
import { personPage } from "./person.js";

export const STATES = { active: ["active", "good"], blocked: ["blocked", "warn"], unassigned: ["not assigned", ""], deleted: ["in the recycle bin", "bad"] };

export default {
  title: "Company",
  topics: ["company"],
  mount(root, context, [kind, id]) {
    if (kind === "person" && id) return personPage(root, context, id);
    if (kind === "group" && id) return groupPage(root, context, id);
    return kind === "groups" ? groupsPage(root, context) : peoplePage(root, context);
  },
};

export function change(body) {
  return post("/api/changes", body);
}

function heading(active) {
  const tab = (path, label) => h("a", { href: `#/company${path}`, "aria-current": path === active ? "page" : null }, label);
  return [h("h1", {}, "Company"), h("nav", { class: "tabs", "aria-label": "Kinds of objects" }, tab("", "People"), tab("/groups", "Groups"))];
}

function delayed(work) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 120);
  };
}

function peoplePage(root, context) {
  const asked = { search: "", state: "", page: 0 };
  const list = h("div", {});
  const again = delayed(() => refresh());
  const go = (page) => { asked.page = page; refresh(); };
  const hire = (event) => act(async () => {
    const hired = await change({ what: "hire" });
    toast(`${hired.name} was hired. The next cycle creates the user.`, "good");
    context.go(`#/company/person/${hired.id}`);
  }, event.currentTarget);
  root.append(...heading(""),
    h("div", { class: "bar" },
      h("input", { type: "search", placeholder: "Name, user name, department, title, or site", "aria-label": "Search people", oninput: (event) => { asked.search = event.target.value; asked.page = 0; again(); } }),
      h("select", { "aria-label": "State", onchange: (event) => { asked.state = event.target.value; asked.page = 0; refresh(); } },
        h("option", { value: "" }, "Every state"), Object.entries(STATES).map(([value, [label]]) => h("option", { value }, label))),
      button("Hire someone", hire, { class: "primary" }),
      button("Many at once …", () => manyAtOnce())), list);
  async function refresh() {
    const page = await get("/api/people", asked);
    fill(list, page.rows.length ? [peopleTable(page.rows), pager(page, go)]
      : page.total ? empty("No one matches this search.") : empty("The company has no people."));
  }
  return { refresh };
}

export function peopleTable(rows, extra) {
  return table(["Name", "User name", "Title", "Department", "Site", "State", "In the target", ...(extra ? [""] : [])], rows.map((row) =>
    h("tr", {},
      h("td", {}, h("a", { href: `#/company/person/${row.id}` }, row.name)),
      h("td", { class: "wrap dim" }, row.user_name), h("td", {}, row.title), h("td", {}, row.department), h("td", { class: "tight" }, row.site),
      h("td", {}, chip(...STATES[row.state])),
      h("td", {}, row.linked ? "yes" : h("span", { class: "dim" }, "no")),
      extra && h("td", { class: "end" }, extra(row)))));
}

function manyAtOnce() {
  ask({
    title: "Many changes at once",
    text: "The changes happen now. The next cycle provisions them.",
    action: "Make the changes",
    fields: [
      { name: "kind", label: "What happens", type: "select", options: [
        { value: "joiners", label: "Random people join" }, { value: "block", label: "A share of the people is blocked" },
        { value: "unassign", label: "A share of the people loses the assignment" }, { value: "soft delete", label: "A share of the people is deleted (recycle bin)" }] },
      { name: "amount", label: "Number of joiners, or percent of the people", type: "number", value: 10, min: 1, max: 50000 },
    ],
    submit: async ({ kind, amount }) => {
      const body = kind === "joiners" ? { kind, amount: Number(amount) } : { kind: "leave", how: kind, amount: Number(amount) };
      const made = await post("/api/bulk", body);
      toast(`${count(made.people, "change")} ${made.people === 1 ? "was" : "were"} made.`, "good");
    },
  });
}

function groupsPage(root, context) {
  const asked = { search: "", page: 0 };
  const list = h("div", {});
  const again = delayed(() => refresh());
  const go = (page) => { asked.page = page; refresh(); };
  root.append(...heading("/groups"),
    h("div", { class: "bar" },
      h("input", { type: "search", placeholder: "Name of a group", "aria-label": "Search groups", oninput: (event) => { asked.search = event.target.value; asked.page = 0; again(); } }),
      button("Create a group", () => createGroup(), { class: "primary" })), list);
  async function refresh() {
    const page = await get("/api/groups", asked);
    const rows = page.rows.map((row) => h("tr", {},
      h("td", {}, h("a", { href: `#/company/group/${row.id}` }, row.name)), h("td", { class: "n" }, number(row.members)),
      h("td", { class: "dim" }, row.description), h("td", {}, row.linked ? "yes" : h("span", { class: "dim" }, "no"))));
    fill(list, rows.length ? [table(["Name", ["Members"], "Description", "In the target"], rows), pager(page, go)]
      : page.total ? empty("No group matches this search.") : empty("The company has no groups.", button("Create a group", () => createGroup(), { class: "primary" })));
  }
  return { refresh };
}

function createGroup() {
  ask({
    title: "Create a group", action: "Create", text: "The group is assigned to the application, so the next cycle creates it in the target.",
    fields: [{ name: "name", label: "Name" }],
    submit: async ({ name }) => {
      await change({ what: "create group", group: name });
      toast(`The group ${name} was created.`, "good");
    },
  });
}
