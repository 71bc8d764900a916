// Conformance runs: profiles, live results by section, causes with explanation and fix, one cause again, the last run.

import { get, post } from "../api.js";
import { act, openDrawer } from "../dialog.js";
import { button, card, chip, count, empty, fill, h, number, put, table } from "../dom.js";
import { copyable, wire } from "../exchange.js";

const KINDS = { PASS: "good", FAIL: "bad", WARN: "warn", UNDECIDED: "warn", NOTE: "", "NOT OFFERED": "", WAIVED: "" };
const WORDS = { PASS: "passed", FAIL: "failed", WARN: "warned", UNDECIDED: "undecided", NOTE: "noted", "NOT OFFERED": "not offered", WAIVED: "waived" };

export default {
  title: "Checks",
  topics: ["checks"],
  mount(root, context) {
    const choices = h("div", { class: "profiles" });
    const fuzz = h("input", { type: "checkbox" });
    const result = h("div", {});
    const controls = h("div", { class: "bar" });
    let drawn = false;
    const start = (event) => act(() => post("/api/checks", { profiles: [...choices.querySelectorAll("input:checked")].map((box) => box.value), fuzz: fuzz.checked }), event.currentTarget);
    const stop = (event) => act(() => post("/api/checks", { action: "stop" }), event.currentTarget);
    root.append(h("h1", {}, "Checks"), card("Profiles", h("p", { class: "dim" }, context.state()?.play?.target.embedded === false ? "The checks create, change, and delete their own users in the target." : "The embedded server is checked in a copy of its own, so the company is not affected."), choices, controls), result);
    async function refresh() {
      const found = await get("/api/checks");
      if (!drawn) {
        drawn = true;
        put(choices, found.profiles.map((profile) => h("label", { class: "choice" }, h("input", { type: "checkbox", value: profile.name, checked: profile.default }), h("span", {}, h("b", {}, profile.name), h("small", {}, profile.title)))));
      }
      put(controls, found.running ? button("Stop", stop, { class: "danger" }) : button("Run the checks", start, { class: "primary" }), h("label", { class: "choice" }, fuzz, "Generated requests as well (fuzzing)"), h("span", { class: "grow" }), found.verdict && !found.running && h("a", { class: "button", href: "/download/check", download: "" }, "HTML report"));
      fill(result, ...shown(found));
    }
    return { refresh, problem: result };
  },
};

function shown(found) {
  if (!found.started) return [empty("No run yet. Choose profiles, and run the checks: the first results appear after a few seconds.")];
  const parts = [progress(found)];
  if (found.compared) parts.push(compared(found.compared));
  parts.push(found.causes.length ? h("section", {}, h("h2", {}, `Causes (${found.causes.length})`), h("p", { class: "dim" }, "Findings with the same cause are one card. Those that harm users most come first."), found.causes.map((one) => cause(one, found.running))) : found.done ? empty(found.running ? "No findings so far." : "Nothing failed, and nothing is undecided.") : null);
  if (found.sections.length) parts.push(card("Sections", table(["Section", "", "Findings", ["Results"]], found.sections.map(section))));
  return parts;
}

function progress(found) {
  const bad = found.preflight.filter((probe) => !probe.ok);
  const verdict = found.verdict;
  const kind = !verdict ? "" : verdict.code === 0 ? "good" : "bad";
  return card(found.again ? `Again: ${found.again}` : "Result",
    found.failed_to_start && h("p", { class: "notice bad" }, found.failed_to_start),
    verdict && h("p", { class: `notice ${kind}` }, h("b", {}, verdict.sentence)),
    found.running && h("p", {}, h("span", { class: "spinner", "aria-hidden": "true" }), found.planned ? ` ${number(found.done)} of ${number(found.planned)} checks` : " Preparing: preflight and collection of the checks …"),
    found.planned && h("progress", { max: found.planned, value: found.done, "aria-label": "Progress of the run" }),
    h("p", { class: "chips" }, Object.entries(WORDS).filter(([verdict]) => found.counts[verdict]).map(([verdict, word]) => chip(`${number(found.counts[verdict])} ${word}`, KINDS[verdict]))),
    bad.length > 0 && h("ul", { class: "checks" }, bad.map((probe) => h("li", { class: "no" }, h("span", {}, probe.sentence), h("small", {}, probe.advice)))));
}

function section(row) {
  const total = Object.values(row.counts).reduce((sum, value) => sum + value, 0);
  return h("tr", {}, h("td", { class: "tight" }, row.section), h("td", {}, row.title || h("span", { class: "dim" }, row.profile)),
    h("td", {}, h("span", { class: "chips" }, Object.keys(WORDS).filter((verdict) => row.counts[verdict] && verdict !== "PASS").map((verdict) => chip(`${row.counts[verdict]} ${WORDS[verdict]}`, KINDS[verdict])))),
    h("td", { class: "n" }, `${number(row.counts.PASS || 0)} of ${number(total)} passed`));
}

function cause(found, running) {
  const again = (event) => act(() => post("/api/checks", { profiles: [found.profile], fuzz: false, again: found.function }), event.currentTarget);
  const open = () => openDrawer("Request of this finding", h("div", { class: "exchange" }, h("section", {}, copyable("curl", found.exchange.curl), wire(found.exchange))));
  return h("article", { class: `card cause ${KINDS[found.verdict]}` },
    h("header", {}, chip(found.verdict, KINDS[found.verdict]), h("h3", {}, found.headline), h("span", { class: "dim" }, [found.label, found.places > 1 && count(found.places, "finding")].filter(Boolean).join(", "))),
    h("p", {}, found.message),
    (found.expected || found.got) && h("dl", { class: "facts" }, found.expected && [h("dt", {}, "Expected"), h("dd", { class: "wrap" }, found.expected)], found.got && [h("dt", {}, "Found"), h("dd", { class: "wrap differs" }, found.got)]),
    h("dl", { class: "facts" },
      found.requirement && [h("dt", {}, found.requirement.id), h("dd", {}, h("b", {}, found.requirement.level), " ", found.requirement.text)],
      found.effect && [h("dt", {}, "Effect on users"), h("dd", {}, found.effect)],
      found.fix && [h("dt", {}, "Usual fix"), h("dd", {}, found.fix)]),
    h("div", { class: "buttons" }, found.exchange && button("Show the request", open), button("Run this one again", again, { disabled: running })));
}

function compared(found) {
  return card("Compared with the last run", found.differ === 0
    ? h("p", { class: "dim" }, `Nothing differs in ${count(found.total, "check")}.`)
    : [h("p", {}, `${number(found.differ)} of ${count(found.total, "check")} ${found.differ === 1 ? "differs" : "differ"}.`), table(["Check", "Last run", "This run"], found.lines.map((line) => h("tr", {}, h("td", {}, line.title), h("td", {}, chip(line.before, KINDS[line.before])), h("td", {}, chip(line.now, KINDS[line.now])))))]);
}
