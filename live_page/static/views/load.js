// Load tests: a scenario with a budget, live throughput and latency, the verdict, and the end state.

import { get, post } from "../api.js";
import { act } from "../dialog.js";
import { button, card, chip, count, empty, fill, h, number, s, table } from "../dom.js";

export default {
  title: "Load",
  topics: ["load"],
  mount(root, context) {
    const scenario = h("select", { name: "scenario" });
    const what = h("small", {});
    const users = h("input", { type: "number", min: 1, max: 100000, value: 500 });
    const seconds = h("input", { type: "number", min: 1, max: 3600, value: 20 });
    const budget = h("select", {});
    const controls = h("div", { class: "bar" });
    const result = h("div", {});
    let known = null;
    const describe = () => { what.textContent = known.scenarios.find((one) => one.name === scenario.value).what; };
    scenario.addEventListener("change", describe);
    const start = (event) => act(() => post("/api/load", { scenario: scenario.value, users: Number(users.value), seconds: Number(seconds.value), budget: budget.value }), event.currentTarget);
    const stop = (event) => act(() => post("/api/load", { action: "stop" }), event.currentTarget);
    root.append(h("h1", {}, "Load"), card("Load test",
      h("p", { class: "dim" }, context.state()?.play?.target.embedded === false ? "The requests go to the target. What the test creates is deleted at the end." : "The embedded server is loaded in a copy of its own, so the company is not affected."),
      h("div", { class: "fields" }, h("label", {}, "Scenario", scenario), h("label", {}, "Users", users), h("label", {}, "Seconds (soak and read-mix)", seconds), h("label", {}, "Budget", budget)), h("p", { class: "dim small" }, what), controls), result);
    async function refresh() {
      const found = await get("/api/load");
      if (!known) {
        known = found;
        scenario.append(...found.scenarios.map((one) => h("option", { value: one.name }, one.name)));
        budget.append(...found.budgets.map((one) => h("option", { value: one }, one)));
        describe();
      }
      fill(controls, found.running ? button("Stop", stop, { class: "danger" }) : button("Start the load test", start, { class: "primary" }));
      fill(result, ...shown(found));
    }
    return { refresh, problem: result };
  },
};

function shown(found) {
  if (!found.started) return [empty("No load test yet. Choose a scenario, and start it: the figures appear while it runs.")];
  const verdict = found.verdict;
  return [
    card("Result",
      found.failed_to_start && h("p", { class: `notice ${found.stopped ? "warn" : "bad"}` }, found.failed_to_start),
      verdict && h("p", { class: `notice ${verdict.code === 0 ? "good" : "bad"}` }, h("b", {}, verdict.sentence)),
      found.running && h("p", {}, h("span", { class: "spinner", "aria-hidden": "true" }), ` ${found.progress || "Starting the load generator …"}`),
      found.summary && h("dl", { class: "numbers" }, figure("Requests", number(found.summary.requests)), figure("Requests per second", number(found.summary.requests_per_second)), found.summary.users_per_second !== null && figure("Users per second", number(found.summary.users_per_second)), figure("Differences in the end state", number(found.summary.differences))),
      found.summary && h("p", { class: "dim" }, found.summary.pace),
      found.verified && h("p", { class: "dim" }, `End state: ${count(found.verified.people, "user")} and ${count(found.verified.groups, "group")} were read back.`)),
    found.points.length > 1 && h("div", { class: "grid" },
      card("Throughput", chart(rates(found.points), "requests/s", "accent")),
      card("Median latency", chart(latencies(found.points), "ms", "good"))),
    found.operations.length > 0 && card("Operations", table(["Operation", ["Requests"], ["Errors"], ["p50 ms"], ["p95 ms"], ["p99 ms"], ["Max ms"]], found.operations.map((one) => h("tr", {},
      h("td", {}, one.name), h("td", { class: "n" }, number(one.count)), h("td", { class: "n" }, one.errors ? chip(number(one.errors), "bad") : "0"),
      ["p50_ms", "p95_ms", "p99_ms", "max_ms"].map((name) => h("td", { class: "n" }, one[name] === null ? "–" : round(one[name]))))))),
    found.errors.length > 0 && card("Errors", table(["Error", ["Times"]], found.errors.map((one) => h("tr", {}, h("td", { class: "wrap" }, one.name), h("td", { class: "n" }, number(one.count)))))),
    found.budget.length > 0 && card("Budget", table(["Limit", ["Allowed"], ["Measured"], ""], found.budget.map((one) => h("tr", {}, h("td", {}, one.name), h("td", { class: "n" }, number(one.limit)), h("td", { class: "n" }, one.measured === null ? "–" : round(one.measured)), h("td", {}, chip(one.ok ? "held" : "missed", one.ok ? "good" : "bad"))))))];
}

function figure(label, value) {
  return h("div", {}, h("dt", {}, label), h("dd", {}, value));
}

function round(value) {
  return value < 10 ? value.toFixed(1) : number(Math.round(value));
}

function rates(points) {
  return points.slice(1).map((point, at) => ({ x: point.second, y: Math.max(0, (point.requests - points[at].requests) / Math.max(0.1, point.second - points[at].second)) }));
}

// The median of all operations so far, weighted by their requests.
function latencies(points) {
  return points.map((point) => {
    const known = point.operations.filter((one) => one.count);
    const total = known.reduce((sum, one) => sum + one.count, 0);
    return { x: point.second, y: total ? known.reduce((sum, one) => sum + one.count * (one.p50_ms || 0), 0) / total : 0 };
  });
}

function chart(points, unit, kind) {
  if (points.length < 2) return h("p", { class: "dim" }, "Not enough points yet.");
  const W = 560, H = 160, left = 44, bottom = 20;
  const most = Math.max(...points.map((point) => point.y), 1) * 1.1;
  const last = points[points.length - 1].x, first = points[0].x;
  const x = (value) => left + ((value - first) / Math.max(0.1, last - first)) * (W - left - 6);
  const y = (value) => 6 + (1 - value / most) * (H - bottom - 6);
  const line = points.map((point, at) => `${at ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join("");
  const grid = [0, 0.5, 1].map((share) => [s("line", { x1: left, x2: W - 6, y1: y(most * share / 1.1), y2: y(most * share / 1.1), class: "grid" }), s("text", { x: left - 6, y: y(most * share / 1.1) + 4, "text-anchor": "end" }, round(most * share / 1.1))]);
  return h("div", {}, s("svg", { viewBox: `0 0 ${W} ${H}`, class: `chart ${kind}`, role: "img", "aria-label": `${unit} over time, now ${round(points[points.length - 1].y)}` }, grid, s("path", { d: line }), s("text", { x: W - 6, y: H - 4, "text-anchor": "end" }, `${Math.round(last)} s`)), h("p", { class: "dim small" }, `now ${round(points[points.length - 1].y)} ${unit}`));
}
