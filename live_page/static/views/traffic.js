// Every request as it happens, newest first.

import { get } from "../api.js";
import { showEntry, showExchange, verdict } from "../exchange.js";
import { button, chip, count, empty, fill, h, moment, number, status, table, time } from "../dom.js";

const STATUSES = [["", "Every status"], ["success", "Accepted (2xx)"], ["rejected", "Rejected (4xx)"], ["failed", "Failed (5xx, no response)"], ["writes", "Only writes"]];

export default {
  title: "Traffic",
  topics: ["traffic"],
  mount(root, context, [wanted]) {
    return wanted === "log" ? logPage(root) : requestsPage(root, context, wanted);
  },
};

function heading(active) {
  const tab = (path, label) => h("a", { href: `#/traffic${path}`, "aria-current": path === active ? "page" : null }, label);
  return [h("h1", {}, "Traffic"), h("nav", { class: "tabs", "aria-label": "Views of the traffic" }, tab("", "Requests"), tab("/log", "Provisioning log"))];
}

const LOG_KINDS = { Success: "good", Failure: "bad", Skipped: "", Warning: "warn" };

function logPage(root) {
  const filter = { who: "", status: "" };
  const list = h("div", {});
  const change = (name) => (event) => {
    filter[name] = event.target.value;
    refresh();
  };
  root.append(...heading("/log"), h("div", { class: "bar" },
    h("input", { type: "search", placeholder: "Person, group, or error code", "aria-label": "Search the log", oninput: change("who") }),
    h("select", { "aria-label": "Status", onchange: change("status") }, h("option", { value: "" }, "Every status"), Object.keys(LOG_KINDS).map((one) => h("option", { value: one }, one)))), list);
  async function refresh() {
    const page = await get("/api/log", filter);
    fill(list, page.rows.length ? [table(["Time", "Identity", "Action", "Status", "What happened"], page.rows.map(entryRow)), page.more && h("p", { class: "dim" }, "The latest 100 entries are shown. Search to find others.")]
      : page.total ? empty("No entry matches this filter.") : empty("The log is empty: no cycle has run yet."));
  }
  return { refresh };
}

function entryRow(row) {
  const open = () => showEntry(row.number);
  return h("tr", { class: "link", onclick: open },
    h("td", { class: "tight" }, moment(row.at)),
    h("td", {}, h("button", { type: "button", class: "plain linklike", onclick: (event) => { event.stopPropagation(); open(); } }, row.name || "Connection test")),
    h("td", { class: "tight" }, row.action === "StagedDelete" ? "Held-back deletion" : row.action, row.kind === "members" || row.kind === "manager" ? h("span", { class: "dim" }, ` (${row.kind})`) : ""),
    h("td", {}, chip(row.status, LOG_KINDS[row.status])),
    h("td", { class: "wrap" }, row.error && row.status !== "Success" ? h("b", {}, `${row.error}${row.reason ? ": " : ""}`) : "", row.status === "Success" ? h("span", { class: "dim" }, row.changed) : row.reason));
}

function requestsPage(root, context, wanted) {
  const filter = { who: "", operation: "", status: "", person: "" };
  let older = []; // rows before the first page, as far as they were asked for
  let live = true;
  const list = h("div", {});
  const told = h("p", { class: "dim", role: "status" });
  const broken = h("div", {});
  const change = (name) => (event) => {
    filter[name] = event.target.value;
    older = [];
    refresh();
  };
  const operations = h("select", { "aria-label": "Operation", onchange: change("operation") }, h("option", { value: "" }, "Every operation"));
  const known = new Set();
  const pause = button("Pause", () => {
    live = !live;
    pause.textContent = live ? "Pause" : "Continue";
    if (live) refresh();
  });
  root.append(...heading(""),
    h("div", { class: "bar" },
      h("input", { type: "search", placeholder: "Person, group, or path", "aria-label": "Search by person, group, or path", oninput: change("who") }),
      operations,
      h("select", { "aria-label": "Status", onchange: change("status") }, STATUSES.map(([value, label]) => h("option", { value }, label))),
      pause), told, broken, list);
  async function refresh(topics) {
    if (topics && !live) return;
    const page = await get("/api/traffic", filter);
    for (const name of page.operations) {
      if (!known.has(name)) {
        known.add(name);
        operations.append(h("option", { value: name }, name));
      }
    }
    const rows = [...page.rows, ...older.filter((row) => !page.rows.length || row.number < page.rows[page.rows.length - 1].number)];
    const more = page.more || older.length > 0;
    fill(broken, page.broken.length ? brokenRules(page) : "");
    const load = async () => {
      const last = rows[rows.length - 1];
      const next = await get("/api/traffic", { ...filter, before: last.number });
      older = [...rows, ...next.rows];
      draw(older, next.more);
    };
    const draw = (shown, further) => {
      fill(told, page.total ? `${count(page.total, "request")}${page.kept < page.total ? `, of which the latest ${number(page.kept)} are listed` : ""}.` : "");
      fill(list, shown.length ? [rowsOf(shown), further && h("div", { class: "buttons" }, button("Show older requests", load))]
        : page.total ? empty("No request matches this filter.") : empty("No request was sent yet.", button("Run first cycle", () => context.clock("cycle"), { class: "primary" })));
    };
    draw(rows, more);
  }
  if (wanted) setTimeout(() => showExchange(wanted), 0);
  return { refresh };
}

function brokenRules(page) {
  const rules = page.broken.map((rule) => h("tr", {},
    h("td", {}, verdict(rule.verdict)), h("td", { class: "wrap" }, rule.title), h("td", { class: "tight" }, rule.requirement), h("td", { class: "n" }, number(rule.count)), h("td", { class: "wrap" }, rule.fix)));
  return h("details", { class: "broken" },
    h("summary", {}, `As a client, the provider breaks ${count(page.broken.length, "rule")} in ${count(page.judged, "judged request")}`),
    table(["Verdict", "Rule", "Requirement", ["Requests"], "Usual fix"], rules));
}

function rowsOf(rows) {
  return table([["#"], "Time", "Request", "Status", ["Took"], "Why", "For"], rows.map((row) => {
    const open = () => showExchange(row.number);
    return h("tr", { class: "link", onclick: open },
      h("td", { class: "n dim" }, row.number),
      h("td", { class: "tight" }, row.at ? time(row.at) : ""),
      h("td", { class: "mono path" }, h("button", { type: "button", class: "plain", onclick: (event) => { event.stopPropagation(); open(); } }, h("b", { class: `method ${row.method.toLowerCase()}` }, row.method), h("span", {}, readable(row.path))),
        row.findings && row.findings.map((found) => h("div", { class: "finding" }, verdict(found.verdict), " ", found.message))),
      h("td", {}, status(row.status)),
      h("td", { class: "n dim tight" }, `${row.milliseconds} ms`),
      h("td", { class: "tight" }, row.operation),
      h("td", { class: "who" }, row.who));
  }), { class: "rows traffic" });
}

export function readable(path) {
  try {
    return decodeURIComponent(path.replaceAll("+", " "));
  } catch {
    return path;
  }
}
