// One group: its members one page at a time, and what can be done with it.

import { get, post } from "../api.js";
import { act, ask, toast } from "../dialog.js";
import { button, chip, count, empty, fill, h, pager, table } from "../dom.js";
import { change, STATES } from "./company.js";
import { fiveSteps } from "./on_demand.js";
import { pickPerson } from "./pick.js";

export function groupPage(root, context, id) {
  const asked = { search: "", page: 0 };
  const place = h("div", {});
  const go = (page) => { asked.page = page; refresh(); };
  root.append(h("p", { class: "crumbs" }, h("a", { href: "#/company" }, "Company"), " / ", h("a", { href: "#/company/groups" }, "Groups")), place);
  async function refresh() {
    const group = await get(`/api/groups/${encodeURIComponent(id)}`, asked);
    const done = (sentence) => toast(`${sentence} The next cycle sends it to the target.`, "good");
    const add = () => pickPerson("Add a member", async (person) => {
      await change({ what: "add member", group: group.name, person: person.id });
      done(`${person.name} is now a member.`);
    });
    const nest = () => ask({
      title: `Nest a group in ${group.name}`, action: "Nest", text: "The other group becomes a member of this one.",
      fields: [{ name: "group", label: "Name of the other group" }],
      submit: async ({ group: other }) => { await change({ what: "nest group", group: group.name, detail: { group: other } }); done("The group is nested."); },
    });
    const rename = () => ask({
      title: "Rename the group", action: "Rename", fields: [{ name: "name", label: "New name", value: group.name }],
      submit: async ({ name }) => { await change({ what: "rename group", group: group.name, detail: { name } }); done("The group is renamed."); },
    });
    const remove = () => ask({
      title: `Delete ${group.name}?`, action: "Delete the group", danger: true, text: "The group disappears from the directory. Its members stay.",
      submit: async () => { await change({ what: "delete group", group: group.name }); done("The group is deleted."); context.go("#/company/groups"); },
    });
    const demand = (event) => act(async () => fiveSteps(await post("/api/provider/on-demand", { kind: "group", id })), event.currentTarget);
    const drop = (row) => button("Remove", (event) => act(async () => {
      await change({ what: "remove member", group: group.name, person: row.id });
      done(`${row.name} is no longer a member.`);
    }, event.currentTarget), { class: "quiet" });
    const rows = group.list.rows.map((row) => h("tr", {},
      h("td", {}, h("a", { href: `#/company/${row.kind === "group" ? "group" : "person"}/${row.id}` }, row.name)),
      h("td", { class: "dim wrap" }, row.kind === "group" ? "group" : row.user_name), h("td", {}, row.title || ""),
      h("td", {}, row.state ? chip(...STATES[row.state]) : ""), h("td", { class: "end" }, row.kind === "user" ? drop(row) : "")));
    fill(place,
      h("h1", {}, group.name),
      h("p", { class: "dim" }, `${count(group.members, "member")}. `, group.target_id ? ["In the target with the id ", h("code", {}, group.target_id), "."] : "Not in the target yet."),
      h("div", { class: "bar" },
        h("input", { type: "search", placeholder: "Name of a member", "aria-label": "Search members", value: asked.search, oninput: (event) => { asked.search = event.target.value; asked.page = 0; refresh(); } }),
        button("Add a member", add, { class: "primary" }), button("Nest a group", nest), button("Rename", rename), button("Provision on demand", demand), button("Delete", remove, { class: "quiet danger-text" })),
      rows.length ? [table(["Name", "User name", "Title", "State", ""], rows), pager(group.list, go)]
        : group.members ? empty("No member matches this search.") : empty("This group has no members.", button("Add a member", add, { class: "primary" })));
  }
  return { refresh, problem: place };
}
