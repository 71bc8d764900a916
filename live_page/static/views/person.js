// One person: what can be done, three columns with the differences marked, and the timeline as in the report.

import { get, post } from "../api.js";
import { act, ask, toast } from "../dialog.js";
import { showExchange } from "../exchange.js";
import { button, chip, empty, fill, h, moment, put, table } from "../dom.js";
import { change, STATES } from "./company.js";
import { fiveSteps } from "./on_demand.js";
import { pickPerson } from "./pick.js";

export function personPage(root, context, id) {
  const place = h("div", {});
  const line = h("div", { class: "timeline" });
  const past = h("div", {});
  let drawn = "";
  const all = { open: false, toggle: () => { all.open = !all.open; refresh(); } };
  root.append(h("p", { class: "crumbs" }, h("a", { href: "#/company" }, "Company"), " / ", h("a", { href: "#/company" }, "People")), place,
    h("section", { class: "card" }, h("h2", {}, "Timeline"), line), h("section", { class: "card" }, h("h2", {}, "What happened"), past));
  async function refresh() {
    const [person, timeline] = await Promise.all([get(`/api/people/${encodeURIComponent(id)}`), get(`/api/people/${encodeURIComponent(id)}/timeline`)]);
    fill(place, head(person, context), columns(person, all));
    if (timeline.svg !== drawn) {
      drawn = timeline.svg;
      drawTimeline(line, timeline);
    }
    fill(past, history(timeline.marks || []));
  }
  return { refresh, problem: place };
}

function head(person, context) {
  const send = (what, sentence, detail) => (event) => act(async () => {
    await change({ what, person: person.id, detail });
    toast(`${person.name}: ${sentence}. The next cycle sends it to the target.`, "good");
  }, event.currentTarget);
  const demand = (event) => act(async () => fiveSteps(await post("/api/provider/on-demand", { kind: "user", id: person.id })), event.currentTarget);
  const actions = {
    active: [button("Block", send("block", "blocked"), { class: "primary" }), button("Unassign", send("unassign", "assignment removed")), button("Delete", send("soft delete", "moved to the recycle bin"))],
    blocked: [button("Unblock", send("unblock", "unblocked"), { class: "primary" }), button("Delete", send("soft delete", "moved to the recycle bin"))],
    unassigned: [button("Assign", send("assign", "assigned to the application"), { class: "primary" }), button("Block", send("block", "blocked")), button("Delete", send("soft delete", "moved to the recycle bin"))],
    deleted: [button("Restore", send("restore", "restored"), { class: "primary" })],
  }[person.state];
  const forever = () => ask({
    title: `Delete ${person.name} permanently?`, action: "Delete permanently", danger: true, text: "The person disappears from the directory at once, as after 30 days in the recycle bin.",
    submit: async () => { await change({ what: "hard delete", person: person.id }); toast(`${person.name} was deleted permanently.`, "good"); context.go("#/company"); },
  });
  return [
    h("h1", {}, person.name, " ", chip(...STATES[person.state])),
    h("p", { class: "dim" }, [person.user_name, person.attributes.jobTitle, person.attributes.department, person.attributes.physicalDeliveryOfficeName].filter(Boolean).join(" · "),
      person.manager && [" · reports to ", h("a", { href: `#/company/person/${person.manager.id}` }, person.manager.name)]),
    h("div", { class: "bar" }, actions,
      person.state === "deleted" ? null : menu(person),
      person.state === "active" && button("Provision on demand", demand, { title: "Provisions this person now, in five steps" }),
      h("span", { class: "grow" }), button("Delete permanently", forever, { class: "quiet danger-text" })),
  ];
}

// "Change …": each entry opens a dialog for one attribute.
function menu(person) {
  const at = person.attributes;
  const entries = {
    Title: ["title", [{ name: "title", label: "New title", value: at.jobTitle }]],
    Department: ["department", async (choices) => [{ name: "department", label: "New department", type: "select", options: Object.keys(choices.departments), value: at.department }, { name: "title", label: "New title", value: at.jobTitle }]],
    Site: ["site", async (choices) => [{ name: "site", label: "New site", type: "select", options: choices.sites, value: at.physicalDeliveryOfficeName }]],
    Manager: null,
    Name: ["name", [{ name: "given_name", label: "Given name", value: at.givenName }, { name: "surname", label: "Surname", value: at.surname }]],
    "User name": ["user name", [{ name: "user_principal_name", label: "New user name and email address", value: at.userPrincipalName }]],
  };
  const changed = (label) => toast(`${person.name}: ${label.toLowerCase()} changed. The next cycle sends it to the target.`, "good");
  const open = async (label) => {
    if (label === "Manager") {
      pickPerson(`New manager of ${person.name}`, async (chosen) => {
        await change({ what: "manager", person: person.id, detail: { manager: chosen.id } });
        changed(label);
      });
      return;
    }
    const [what, fields] = entries[label];
    const made = typeof fields === "function" ? await fields(await get("/api/choices")) : fields;
    ask({ title: `${label} of ${person.name}`, action: "Change", fields: made, submit: async (detail) => { await change({ what, person: person.id, detail }); changed(label); } });
  };
  return h("select", { "aria-label": "Change an attribute", class: "button", onchange: (event) => {
    const label = event.target.value;
    event.target.value = "";
    event.target.blur();
    if (label) act(() => open(label));
  } }, h("option", { value: "" }, "Change …"), Object.keys(entries).map((label) => h("option", { value: label }, label)));
}

// The attributes that matter most are shown first, and every one that differs; the rest on request.
const FIRST = new Set(["userName", "active", "displayName", "title", "department", "manager"]);

function columns(person, all) {
  const shown = person.rows.filter((row) => all.open || row.differs.length || FIRST.has(short(row.path)));
  const cell = (row, name) => h("td", { class: `wrap ${row.differs.includes(name) ? "differs" : ""}`, title: row.differs.includes(name) ? "Differs from what the directory requires" : null }, row[name] || h("span", { class: "dim" }, "–"), row.differs.includes(name) && h("span", { class: "sr" }, " (differs)"));
  const sentence = verdict(person);
  return h("div", { class: "grid person" },
    h("section", { class: "card wide" }, h("h2", {}, "Directory, target, account"),
      h("p", { class: sentence.differs ? "notice warn" : "dim" }, sentence.text),
      table(["Attribute", "Directory", "Target", ...(person.has_accounts ? ["Account"] : [])], shown.map((row) =>
        h("tr", {}, h("th", { scope: "row", title: row.path }, short(row.path)), h("td", { class: "wrap" }, row.directory || h("span", { class: "dim" }, "–")), cell(row, "target"), person.has_accounts && cell(row, "account"))), { class: "rows three" }),
      button(all.open ? "Show the most important attributes" : `Show all ${person.rows.length} attributes`, all.toggle, { class: "quiet" })),
    person.has_accounts ? h("section", { class: "card" }, h("h2", {}, "Access"), access(person.account)) : null,
    h("section", { class: "card" }, h("h2", {}, "Groups"), person.groups.length ? h("ul", { class: "plain" }, person.groups.map((group) => h("li", {}, h("a", { href: `#/company/group/${group.id}` }, group.name)))) : h("p", { class: "dim" }, "Not a member of any group.")));
}

function verdict(person) {
  const inTarget = person.rows.filter((row) => row.differs.includes("target")).length;
  const inAccount = person.rows.some((row) => row.differs.includes("account"));
  if (person.target) return { text: person.target };
  if (inTarget) return { differs: true, text: `${inTarget === 1 ? "1 attribute" : `${inTarget} attributes`} of the target ${inTarget === 1 ? "differs" : "differ"} from what the directory requires. The next cycle sends pending changes.` };
  if (inAccount) return { differs: true, text: "The target shows what the directory requires. The account follows with the next sync of the server." };
  return { text: "The target shows what the directory requires." };
}

function short(path) {
  return path.startsWith("urn:") ? path.slice(path.lastIndexOf(":") + 1) : path;
}

function access(account) {
  if (!account) return h("p", { class: "dim" }, "No account yet. The next sync of the embedded server creates it.");
  return h("dl", { class: "facts" },
    h("dt", {}, "Sign-in"), h("dd", {}, account.access ? chip("possible", "good") : chip("not possible", "bad")),
    h("dt", {}, "Account"), h("dd", {}, chip(account.status, account.status === "active" ? "good" : "warn")),
    account.access_revoked_at && [h("dt", {}, "Access revoked"), h("dd", {}, moment(account.access_revoked_at))],
    account.deactivated_at && [h("dt", {}, "Deactivated by a sync"), h("dd", {}, moment(account.deactivated_at))]);
}

// The drawing comes from our own report code, which escapes every name. It is parsed as an image, so nothing in it can run.
function drawTimeline(place, timeline) {
  const parsed = timeline.svg ? new DOMParser().parseFromString(timeline.svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"'), "image/svg+xml").documentElement : null;
  if (!parsed || parsed.nodeName !== "svg") {
    put(place, h("p", { class: "dim" }, "Nothing has happened to this person yet."));
    return;
  }
  put(place, document.importNode(parsed, true), timeline.exposures.map((one) => h("p", { class: "notice warn" }, h("b", {}, one.sentence), " ", one.steps.join(" → "))));
  place.querySelectorAll("a").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    showExchange(Number(link.getAttribute("href").slice(2)));
  }));
}

const KINDS = { directory: "accent", request: "", account: "good", expectation: "warn" };

function history(marks) {
  if (!marks.length) return empty("Nothing has happened to this person yet.");
  return table(["Time", "Where", "What", "Detail"], marks.slice(0, 100).map((mark) => h("tr", {},
    h("td", { class: "tight" }, moment(mark.at)), h("td", {}, chip(mark.kind, KINDS[mark.kind])),
    h("td", {}, mark.exchange ? button(mark.what, () => showExchange(mark.exchange), { class: "plain linklike" }) : mark.what.replaceAll("_", " ")),
    h("td", { class: "wrap dim" }, mark.detail))));
}
