// Faults between the provider and the target, switched on and off while requests are sent.

import { get, post } from "../api.js";
import { act, toast } from "../dialog.js";
import { button, card, chip, count, empty, fill, h, moment, number, table } from "../dom.js";

export default {
  title: "Trouble",
  topics: ["provider", "clock", "company"],
  mount(root, context) {
    const list = h("div", { class: "faults" });
    const seen = h("div", {});
    root.append(h("h1", {}, "Trouble"), h("p", { class: "dim lead" }, "Faults affect only the requests of the provider. The comparison with the directory reads past them, so it shows what the target really holds."), list, seen);
    async function refresh() {
      const found = await get("/api/trouble");
      fill(list, found.faults.map((fault) => one(fault)));
      fill(seen, reaction(found, context));
    }
    return { refresh, problem: seen };
  },
};

function one(fault) {
  const send = (on) => (event) => act(async () => {
    await post("/api/trouble", { name: fault.name, on });
    toast(fault.once ? "The server is killed during the next request." : `${fault.title}: ${on ? "on" : "off"}.`, on ? "warn" : "good");
  }, event.currentTarget);
  return h("section", { class: `card fault ${fault.on ? "on" : ""}` },
    h("header", {}, h("h2", {}, fault.title), fault.once
      ? button("Do it once", send(true), { disabled: !fault.possible })
      : h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(fault.on), "aria-label": fault.title, onclick: send(!fault.on) }, h("span", { "aria-hidden": "true" }), fault.on ? "On" : "Off")),
    h("p", {}, fault.what), h("p", { class: "dim small" }, fault.look),
    fault.hits > 0 && h("p", { class: "small" }, chip(`${count(fault.hits, "request")} affected`, "warn")));
}

function reaction(found, context) {
  const compare = (event) => act(() => context.clock("compare"), event.currentTarget);
  const verified = found.verified;
  return h("div", { class: "grid" },
    card("What the provider does", found.quarantine
      ? [h("p", {}, chip("quarantine", "bad"), ` ${found.quarantine.error.message}.`), h("p", { class: "dim" }, `Next attempt: ${moment(found.quarantine.nextAttempt)}, attempt ${found.quarantine.seriesCount}. The intervals grow up to a day, and after four weeks the job is disabled.`)]
      : h("p", { class: "dim" }, "The job is healthy."),
      h("p", {}, `${number(found.escrowed)} ${found.escrowed === 1 ? "change waits" : "changes wait"} in escrow for another attempt.`),
      h("p", {}, h("a", { href: "#/provider" }, "Job"), " · ", h("a", { href: "#/traffic" }, "Traffic"))),
    h("section", { class: found.differences.length ? "card wide" : "card" }, h("h2", {}, "Target compared with the directory"),
      h("div", { class: "buttons" }, button("Compare everything now", compare)),
      verified && h("p", { class: verified.converged ? "dim" : "notice bad" }, verified.converged ? `No differences after cycle ${verified.cycle} (${moment(verified.at)}).` : `${count(verified.differences, "difference")} after cycle ${verified.cycle} (${moment(verified.at)}).`),
      found.differences.length ? table(["Who", "Attribute", "Expected", "Found", "Latest write"], found.differences.map((one) => h("tr", {},
        h("td", {}, one.object_id ? h("a", { href: `#/company/person/${one.object_id}` }, one.person) : one.person), h("td", { class: "mono wrap" }, one.attribute || one.kind), h("td", { class: "wrap" }, one.expected), h("td", { class: "wrap differs" }, one.found), h("td", { class: "dim small wrap" }, one.request))))
        : verified ? null : empty("Nothing was compared yet. Each cycle compares what it changed.")));
}
