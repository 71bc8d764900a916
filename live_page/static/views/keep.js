// What was done by hand becomes a file; a scenario file is opened, stepped through, and edited.

import { get, post } from "../api.js";
import { act, ask, toast } from "../dialog.js";
import { button, card, count, empty, fill, h } from "../dom.js";

const FILES = [
  ["report", "HTML report", "Timelines, convergence, and every request, in one file."],
  ["tape", "Tape", "Every request and response, for scimulator replay."],
  ["har", "HAR", "The same as an HTTP archive, for browsers and proxies."],
  ["stream", "Event stream", "JSON lines, for scimulator report and your own tools."],
];

export default {
  title: "Keep",
  topics: ["keep"],
  mount(root, context) {
    const name = h("input", { value: "by-hand", maxlength: 60, autocomplete: "off" });
    const story = h("input", { placeholder: "What this scenario shows, in one sentence", maxlength: 300, size: 60, autocomplete: "off" });
    const kept = h("div", {});
    const files = h("div", { class: "files" });
    const text = h("textarea", { rows: 16, spellcheck: "false", "aria-label": "Scenario as YAML", placeholder: "Paste a scenario, open one of the library, or edit what was done by hand." });
    const library = h("select", { "aria-label": "Built-in scenario" }, h("option", { value: "" }, "Built-in scenarios …"));
    const state = h("div", {});
    let filled = false;
    const open = (body) => ask({
      title: "Open this scenario?", action: "Open", text: "A new company begins. What was done by hand so far is discarded unless you downloaded it.",
      submit: async () => {
        const opened = await post("/api/scenario", body);
        toast(`${opened.name} is open: ${count(opened.events, "event")} ${opened.events === 1 ? "waits" : "wait"}. Step through it here or on the page Clock.`, "good");
      },
    });
    const read = async (event) => {
      const [file] = event.target.files;
      if (file) text.value = await file.text();
      event.target.value = "";
    };
    const link = (kind) => `/download/${kind}?${new URLSearchParams({ name: name.value, story: story.value })}`;
    const take = (kind) => (event) => act(async () => {
      const response = await fetch(link(kind));
      if (!response.ok) {
        const { problem } = await response.json();
        throw Object.assign(new Error(problem.sentence), { next: problem.next });
      }
      const made = /filename\*=utf-8''(.+)$/.exec(response.headers.get("content-disposition"));
      const url = URL.createObjectURL(await response.blob());
      const anchor = h("a", { href: url, download: made ? decodeURIComponent(made[1]) : kind });
      document.body.append(anchor);
      anchor.click();
      anchor.remove();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
    }, event.currentTarget);
    library.addEventListener("change", () => {
      if (library.value) open({ name: library.value, text: "" });
      library.value = "";
    });
    root.append(h("h1", {}, "Keep"),
      card("Keep what was done", kept, h("div", { class: "fields" }, h("label", {}, "Name", name), h("label", { class: "grow" }, "Story", story)), h("div", { class: "buttons" }, button("Download the scenario (YAML)", take("scenario"), { class: "primary" })), files),
      card("Open a scenario", state, h("div", { class: "bar" }, library, h("label", { class: "button" }, "Open a file …", h("input", { type: "file", accept: ".yaml,.yml", class: "sr", onchange: read })), button("Edit what was done", () => { text.value = context.kept || ""; if (!text.value) toast("Nothing was done by hand yet.", "warn"); })),
        text, h("div", { class: "buttons" }, button("Open this text", () => open({ text: text.value, name: "" }), { class: "primary" }))));
    async function refresh() {
      const found = await get("/api/keep");
      context.kept = found.scenario;
      if (!filled) {
        filled = true;
        library.append(...found.library.map((one) => h("option", { value: one.name, title: one.story }, `${one.name} — ${one.story.slice(0, 90)}`)));
      }
      fill(kept, found.done || found.scenario
        ? [h("p", {}, `${count(found.done, "change")} by hand and ${count(found.requests, "request")} so far. The expectations are suggestions from what was seen: check that they say what must hold.`), found.early && h("p", { class: "notice warn" }, "Something was done before the first cycle. A scenario begins with the first cycle, so it provisions everyone first and makes that change afterwards."), found.mapping && h("p", { class: "notice warn" }, "The scenario names the file mapping.json. Download the mapping on the page Provider, and save it in the same folder."), h("pre", { class: "yaml" }, found.scenario)]
        : empty("Nothing was done by hand yet. Change something on the page Company, run a cycle, and come back.", h("a", { class: "button", href: "#/company" }, "Go to the company")));
      fill(files, FILES.map(([kind, title, words]) => h("div", { class: "file" }, h("b", {}, title), h("p", { class: "dim small" }, words), button("Download", take(kind), { "aria-label": `Download ${title}`, disabled: !found.requests }))));
      fill(state, h("p", { class: "dim" }, found.waiting ? `“${found.opened}” is open, and ${count(found.waiting, "event")} ${found.waiting === 1 ? "waits" : "wait"}. ${found.story}` : "Open a scenario to step through its events one by one."),
        found.waiting > 0 && h("div", { class: "buttons" }, button("Run to the next event", (event) => act(() => context.clock("event"), event.currentTarget), { class: "primary" }), h("a", { class: "button", href: "#/clock" }, "Show it in the week")));
    }
    return { refresh, problem: kept };
  },
};
