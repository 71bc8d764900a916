// The identity provider: which one, how it behaves, its job, its mapping, and provisioning on demand.

import { get, post } from "../api.js";
import { act, ask, toast } from "../dialog.js";
import { button, card, chip, count, fill, h, moment, number, table } from "../dom.js";
import { change } from "./company.js";
import { fiveSteps } from "./on_demand.js";
import { pickPerson } from "./pick.js";

export default {
  title: "Provider",
  topics: ["provider"],
  mount(root, context) {
    const job = h("div", {});
    const chosen = h("div", {});
    const mapping = h("div", {});
    const knobs = h("div", {});
    const search = h("input", { type: "search", placeholder: "Name or explanation", "aria-label": "Search settings", oninput: () => drawKnobs() });
    const wanted = {}; // changed knobs
    let known = null;
    const start = h("div", {});
    root.append(h("h1", {}, "Provider"), job, chosen, mapping,
      h("section", { class: "card" }, h("h2", {}, "Behavior"), h("p", { class: "dim" }, "Each setting (“knob”) changes what the provider sends or how it reacts, with its source. Changes apply when you start over."), h("div", { class: "bar" }, search, start), knobs));
    async function refresh() {
      const found = await get("/api/provider");
      const first = known === null;
      known = found;
      fill(job, status(found));
      if (first || chosen.dataset.idp !== `${found.idp}/${found.dialect}/${found.users}/${found.seed}`) drawChosen(found);
      fill(mapping, mappingCard(found));
      drawKnobs();
    }
    function drawChosen(found) {
      chosen.dataset.idp = `${found.idp}/${found.dialect}/${found.users}/${found.seed}`;
      chosen.textContent = "";
      chosen.append(choice(found, wanted, () => { for (const name of Object.keys(wanted)) delete wanted[name]; }));
    }
    function drawKnobs() {
      if (!known) return;
      const words = search.value.toLowerCase();
      const shown = known.knobs.filter((knob) => `${knob.name} ${knob.why}`.toLowerCase().includes(words));
      fill(start, Object.keys(wanted).length ? h("b", { class: "warn-text" }, `${Object.keys(wanted).length} changed: press “Start over” above`) : "");
      fill(knobs, known.idp === "entra" ? null : h("p", { class: "notice warn" }, "Most settings belong to Entra ID. Other providers follow their profile and use only those of the engine, such as cycle_minutes and lanes."),
        h("div", { class: "knobs" }, shown.map((knob) => h("div", { class: "knob" },
          h("div", {}, h("label", { for: `knob-${knob.name}` }, h("code", {}, knob.name), knob.value !== knob.default && chip("changed", "accent")), h("p", { class: "dim small" }, knob.why)),
          field(knob, wanted, drawKnobs)))));
    }
    return { refresh, problem: job };
  },
};

function field(knob, wanted, changed) {
  const value = wanted[knob.name] ?? knob.value;
  const note = (event) => {
    if (event.target.value === knob.value) delete wanted[knob.name];
    else wanted[knob.name] = event.target.value;
    changed();
  };
  if (knob.choices.length) return h("select", { id: `knob-${knob.name}`, onchange: note, value }, knob.choices.map((one) => h("option", { value: one, selected: one === value }, one)));
  return h("input", { id: `knob-${knob.name}`, value, onchange: note, inputmode: "numeric", size: 8 });
}

function choice(found, knobs, done) {
  const idp = h("select", {}, found.idps.map((one) => h("option", { value: one.name, selected: one.name === found.idp }, one.title)));
  const dialect = h("select", {}, found.dialects.map((one) => h("option", { value: one, selected: one === found.dialect }, one)));
  const users = h("input", { type: "number", min: 1, max: 100000, value: found.users });
  const seed = h("input", { type: "number", value: found.seed });
  const hostile = h("input", { type: "checkbox" });
  const only = () => { dialect.disabled = idp.value !== "entra"; };
  idp.addEventListener("change", only);
  only();
  const submit = (event) => {
    event.preventDefault();
    ask({
      title: "Start over?", action: "Start over", danger: true,
      text: "A new company begins with these settings. What was done by hand so far is discarded, and what it created in the target is deleted. Keep it first if you need it.",
      submit: async () => {
        await post("/api/provider", { idp: idp.value, dialect: dialect.value, users: Number(users.value), seed: Number(seed.value), hostile_names: hostile.checked, knobs });
        done();
        toast("The company begins anew with these settings.", "good");
      },
    });
  };
  return card("Provider and company", h("form", { class: "fields", onsubmit: submit },
    h("label", {}, "Identity provider", idp), h("label", {}, "PATCH dialect of Entra ID", dialect), h("label", {}, "People", users), h("label", {}, "Seed", seed),
    h("label", { class: "choice" }, hostile, "Hostile names (scripts, quotes, right-to-left)"),
    h("button", { type: "submit", class: "primary" }, "Start over …")));
}

function status(found) {
  const state = found.job.status;
  const last = state.lastExecution;
  const send = (what, sentence) => (event) => act(async () => { await change({ what }); toast(sentence, "good"); }, event.currentTarget);
  const paused = found.stopped || found.disabled;
  const kind = { Active: "good", Quarantine: "bad", Paused: "warn", NotRun: "" }[state.code];
  const demand = () => pickPerson("Provision on demand", async (person) => fiveSteps(await post("/api/provider/on-demand", { kind: "user", id: person.id })));
  return h("div", { class: "grid" },
    h("section", { class: "card" }, h("h2", {}, "Provisioning job ", chip(state.code === "NotRun" ? "not run yet" : state.code.toLowerCase(), kind)),
      state.quarantine && h("p", { class: "notice warn" }, h("b", {}, `${state.quarantine.reason}: `), `${state.quarantine.error.message}. Next attempt: ${moment(state.quarantine.nextAttempt)} (attempt ${state.quarantine.seriesCount}).`),
      found.staged > 0 && h("p", { class: "notice warn" }, `${count(found.staged, "deletion is", "deletions are")} held back because of the deletion threshold.`),
      h("dl", { class: "facts" },
        h("dt", {}, "Linked objects"), h("dd", {}, state.synchronizedEntryCountByType.map((one) => count(one.value, one.key.startsWith("User") ? "user" : "group")).join(", ")),
        h("dt", {}, "Last cycle"), h("dd", {}, state.code === "NotRun" ? "none" : `${moment(last.timeBegan)}: ${number(last.countExported)} exported, ${last.state === "Succeeded" ? "no failures" : "with failures"}`),
        h("dt", {}, "In escrow"), h("dd", {}, `${number(found.escrowed)} waiting for another attempt`)),
      h("div", { class: "buttons" },
        paused ? button("Start the job", send("start", "The job starts, and a cycle follows at once."), { class: "primary" }) : button("Stop the job", send("stop", "The job is stopped after the current cycle.")),
        button("Restart", send("restart", "The job is restarted: the next cycle evaluates everyone."), { title: "Clears quarantine, escrow, and the watermark, as the portal's button does" }),
        button("Allow deletions", send("allow deletions", "The held-back deletions are allowed."), { disabled: !found.staged }),
        button("Provision on demand …", demand, { disabled: !found.on_demand, title: found.on_demand ? "" : "This provider does not offer it" }))),
    h("section", { class: "card" }, h("h2", {}, "Messages to the administrator"), found.notices.length
      ? h("ul", { class: "plain" }, found.notices.map((notice) => h("li", {}, h("span", { class: "dim" }, `${moment(notice.at)}, ${notice.channel}: `), notice.text)))
      : h("p", { class: "dim" }, "None. The provider writes to an administrator when the job goes into quarantine.")));
}

function mappingCard(found) {
  const upload = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    await act(async () => {
      const made = await post("/api/provider/mapping", { text: await file.text() });
      toast(`The mapping with ${count(made.user, "row")} for users and ${made.group} for groups is in use. The job was restarted, as in Entra ID.`, "good");
    });
    event.target.value = "";
  };
  const rows = (listed) => listed.map((row) => h("tr", {}, h("td", { class: "mono wrap" }, row.source || h("span", { class: "dim" }, "(none)")), h("td", { class: "mono wrap" }, row.target), h("td", {}, row.matching ? chip(`matching ${row.matching}`, "accent") : ""), h("td", { class: "dim" }, row.type)));
  return h("section", { class: "card" }, h("h2", {}, "Attribute mapping"),
    h("p", { class: "dim" }, "Upload the schema that Entra ID exports (Edit provisioning, Review your schema here), or download this one."),
    found.mapping.user_filter.length > 0 && h("p", {}, "Scoping filter of users: ", found.mapping.user_filter.join(", or ")),
    h("div", { class: "buttons" }, h("label", { class: "button" }, "Upload a mapping …", h("input", { type: "file", accept: ".json,application/json", class: "sr", onchange: upload })), h("a", { class: "button", href: "/download/mapping", download: "" }, "Download as JSON")),
    h("details", {}, h("summary", {}, `${count(found.mapping.user.length, "row")} for users`), table(["Source", "Target attribute", "", "Type"], rows(found.mapping.user))),
    h("details", {}, h("summary", {}, `${count(found.mapping.group.length, "row")} for groups`), table(["Source", "Target attribute", "", "Type"], rows(found.mapping.group))));
}
