// The week around now: when the sync runs, when cycles run, and what happened in between.

import { get } from "../api.js";
import { act, ask } from "../dialog.js";
import { button, card, chip, count, day, empty, fill, h, moment, number, s, table } from "../dom.js";

const LEFT = 84, WIDTH = 1000, ROW = 40, TOP = 22, DAYS = 8;

export default {
  title: "Clock",
  topics: ["clock"],
  mount(root, context) {
    const place = h("div", {});
    const jump = () => ask({
      title: "Let time pass until", action: "Go there", text: "Cycles, syncs, and waiting events on the way happen at their own times. Virtual time cannot go back.",
      fields: [{ name: "to", label: "Date and time (UTC)", type: "datetime-local", value: context.state().play.now.slice(0, 16) }],
      submit: ({ to }) => context.clock("to", `${to}:00+00:00`),
    });
    root.append(h("h1", {}, "Clock"), h("div", { class: "bar" }, button("Go to a time …", jump), button("+1 day", (event) => act(() => context.clock("advance", 1440), event.currentTarget)), button("Compare target and directory now", (event) => act(() => context.clock("compare"), event.currentTarget)), h("a", { class: "button", href: "#/keep" }, "Open a scenario …")), place);
    async function refresh() {
      const found = await get("/api/clock");
      fill(place, week(found), waiting(found, context), expectations(found.expectations), cycles(found.cycles));
    }
    return { refresh, problem: place };
  },
};

function week(found) {
  const monday = new Date(found.monday).getTime();
  const place = (text) => {
    const minutes = (new Date(text).getTime() - monday) / 60000;
    const row = Math.floor(minutes / 1440);
    return row < 0 || row >= DAYS ? null : { row, x: LEFT + ((minutes % 1440) / 1440) * (WIDTH - LEFT - 8), y: TOP + row * ROW };
  };
  const parts = [];
  for (let hour = 0; hour <= 24; hour += 3) {
    const x = LEFT + (hour / 24) * (WIDTH - LEFT - 8);
    parts.push(s("text", { x, y: 12, class: hour === 24 ? "hour last" : "hour" }, `${String(hour).padStart(2, "0")}:00`), s("line", { x1: x, x2: x, y1: TOP, y2: TOP + DAYS * ROW, class: "grid" }));
  }
  for (let row = 0; row < DAYS; row += 1) {
    const at = new Date(monday + row * 86400000).toISOString();
    const y = TOP + row * ROW;
    parts.push(s("text", { x: 0, y: y + 24, class: row === Math.floor((new Date(found.now) - monday) / 86400000) ? "day today" : "day" }, day(at)));
    parts.push(s("line", { x1: LEFT, x2: WIDTH - 8, y1: y + ROW - 1, y2: y + ROW - 1, class: "grid" }));
    if (found.sync && new Date(at).getUTCDay() % 6) parts.push(windowOf(found.sync, y));
  }
  const mark = (text, shape) => {
    const where = place(text);
    if (where) parts.push(shape(where));
  };
  for (const cycle of found.cycles) mark(cycle.at, ({ x, y }) => s("circle", { cx: x, cy: y + 28, r: 4, class: cycle.failed || cycle.quarantine ? "cycle wrong" : "cycle" }, s("title", {}, `Cycle ${cycle.number}, ${moment(cycle.at)}: ${cycle.exported} exported, ${cycle.failed} failed`)));
  for (const sync of found.syncs) if (sync.created + sync.updated + sync.deactivated + sync.reactivated) mark(sync.at, ({ x, y }) => s("rect", { x: x - 2, y: y + 16, width: 4, height: 20, class: "ran" }, s("title", {}, `Sync ${moment(sync.at)}: ${sync.created} created, ${sync.updated} updated, ${sync.deactivated} deactivated`)));
  for (const change of found.changes) mark(change.at, ({ x, y }) => s("path", { d: `M${x} ${y + 4}l5 6-5 6-5-6z`, class: "change" }, s("title", {}, `${moment(change.at)}: ${change.what.replaceAll("_", " ")} ${change.who || ""}`)));
  for (const event of found.waiting) mark(event.at, ({ x, y }) => s("path", { d: `M${x} ${y + 4}l5 6-5 6-5-6z`, class: "change later" }, s("title", {}, `${moment(event.at)}, not yet: ${event.what.replaceAll("_", " ")} ${event.who}`)));
  if (found.next_cycle) mark(found.next_cycle, ({ x, y }) => s("circle", { cx: x, cy: y + 28, r: 4, class: "cycle next" }, s("title", {}, `Next cycle, ${moment(found.next_cycle)}`)));
  mark(found.now, ({ x, y }) => s("g", { class: "now" }, s("line", { x1: x, x2: x, y1: y, y2: y + ROW - 1 }), s("circle", { cx: x, cy: y, r: 3.5 })));
  const sync = found.sync;
  const words = sync
    ? `The embedded server syncs every ${count(sync.sync_every_minutes, "minute")} from ${String(sync.window_start_hour).padStart(2, "0")}:00 to ${String(sync.window_end_hour).padStart(2, "0")}:00, Monday to Friday (shaded)${sync.deactivate_every_minutes < sync.sync_every_minutes ? `, and deactivates leavers every ${count(sync.deactivate_every_minutes, "minute")}` : ""}. ${sync.deprovisioning === "immediate" ? "Access ends as soon as the target learns that someone left; the account itself is deactivated by the next sync." : "Access ends with the next sync."} Next sync: ${sync.next.length ? moment(sync.next[0].at) : "none"}.`
    : "This target has no schedule that Scimulator could show.";
  const key = (kind, label) => h("span", { class: "key" }, h("i", { class: kind }), label);
  return card("This week", h("p", { class: "dim" }, words),
    h("div", { class: "scroll" }, s("svg", { viewBox: `0 0 ${WIDTH} ${TOP + DAYS * ROW + 4}`, class: "week", role: "img", "aria-label": `The week from ${day(found.monday)} with syncs, cycles, and changes` }, parts)),
    h("p", { class: "keys" }, key("k-now", "now"), key("k-change", "change"), key("k-cycle", "provisioning cycle"), key("k-next", "next cycle"), sync && [key("k-window", "sync window"), key("k-ran", "sync that changed accounts")]));
}

function windowOf(sync, y) {
  const x = (minute) => LEFT + (minute / 1440) * (WIDTH - LEFT - 8);
  const start = sync.window_start_hour * 60, end = sync.window_end_hour * 60;
  const ticks = [];
  for (let minute = start; minute <= end; minute += sync.sync_every_minutes) ticks.push(s("line", { x1: x(minute), x2: x(minute), y1: y + 16, y2: y + ROW - 4, class: "tick" }));
  return s("g", {}, s("rect", { x: x(start), y: y + 1, width: x(end) - x(start), height: ROW - 2, class: "open" }), ticks);
}

function waiting(found, context) {
  if (!found.waiting_total) return null;
  return h("section", { class: "card" }, h("h2", {}, `Waiting events (${number(found.waiting_total)})`),
    h("div", { class: "buttons" }, button("Run to the next event", (event) => act(() => context.clock("event"), event.currentTarget), { class: "primary" })),
    table(["Time", "What", "Who"], found.waiting.slice(0, 30).map((event) => h("tr", {}, h("td", { class: "tight" }, moment(event.at)), h("td", {}, event.what.replaceAll("_", " ")), h("td", {}, event.who)))),
    found.waiting_total > 30 && h("p", { class: "dim" }, `and ${number(found.waiting_total - 30)} more`));
}

function expectations(found) {
  if (!found.length) return null;
  return card("Expectations", table(["Judged", "Expectation", "Result", "Found"], found.slice().reverse().map((one) => h("tr", {}, h("td", { class: "tight" }, moment(one.at)), h("td", {}, one.text), h("td", {}, chip(one.held ? "held" : "did not hold", one.held ? "good" : "bad")), h("td", { class: "dim" }, one.found)))));
}

function cycles(found) {
  const rows = found.slice(-30).reverse().map((one) => h("tr", {},
    h("td", { class: "n" }, number(one.number)), h("td", { class: "tight" }, moment(one.at)), h("td", {}, one.kind),
    h("td", { class: "n" }, number(one.imported)), h("td", { class: "n" }, number(one.exported)), h("td", { class: "n" }, number(one.skipped)),
    h("td", { class: "n" }, one.failed ? chip(number(one.failed), "bad") : "0"), h("td", { class: "n" }, number(one.escrowed)), h("td", {}, one.quarantine ? chip(one.quarantine, "bad") : "")));
  return card("Cycles", rows.length ? table([["Cycle"], "Began", "Kind", ["Imported"], ["Exported"], ["Skipped"], ["Failed"], ["Escrowed"], "Quarantine"], rows) : empty("No cycle has run yet. “Run first cycle” above provisions the company."));
}

