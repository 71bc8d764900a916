// The target: first steps, what the probes found, what discovery offers, and another target.

import { get, post } from "../api.js";
import { act, toast } from "../dialog.js";
import { button, card, chip, count, fill, h, number, table } from "../dom.js";

export default {
  title: "Target",
  topics: ["target", "clock"],
  mount(root, context) {
    const steps = h("div", {});
    const found = h("div", {});
    let read = null;
    const url = h("input", { type: "url", name: "url", placeholder: "https://host/scim/v2", autocomplete: "off", required: true });
    const token = h("input", { type: "password", name: "token", autocomplete: "off", required: true });
    const form = h("form", { class: "stack", onsubmit: (event) => {
      event.preventDefault();
      choose({ url: url.value, token: token.value }, event.submitter);
    } },
      h("label", {}, "Base URL", url), h("label", {}, "Bearer token", token),
      h("p", { class: "dim small" }, "The token stays in the memory of this process. Use a test tenant: the simulator creates, changes, and deletes users."),
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, "Use this target"), button("Use the embedded server", (event) => choose({ embedded: true }, event.currentTarget))));
    async function choose(body, pressed) {
      const done = await act(() => post("/api/target", body), pressed);
      if (done === undefined) return;
      token.value = "";
      read = null;
      toast("The target was changed, and the company starts again.", "good");
    }
    const look = (event) => act(async () => {
      read = null;
      await refresh();
    }, event.currentTarget);
    async function refresh() {
      const play = context.state()?.play;
      fill(steps, play ? firstSteps(play) : card("Starting", h("p", { class: "dim" }, "The embedded server starts. This takes about a second.")));
      if (!play) {
        fill(found);
        return;
      }
      const key = play.target.url;
      if (read?.key !== key) read = { key, facts: await get("/api/target") };
      fill(found, facts(read.facts, look, play, context));
    }
    root.append(h("h1", {}, "Target"), steps, found, card("Another target", form));
    return { refresh };
  },
};

function firstSteps(play) {
  const steps = [
    [true, "A target is ready", play.target.embedded ? "The embedded reference server runs on this machine." : play.target.url, null],
    [play.cycles > 0, "Run the first cycle", `It provisions ${count(play.counts.people, "person", "people")} and ${count(play.counts.groups, "group")}. Press “Run first cycle” above.`, null],
    [play.done > 0, "Change someone", "Block a person on the page Company, and run the next cycle.", "#/company"],
    [play.done > 0 && play.cycles > 1, "Watch the requests", "Each row shows the request, the response, and the entry of Entra's log.", "#/traffic"],
    [false, "Keep it as a test", "What you did becomes a scenario file with expectations.", "#/keep"],
  ];
  const current = steps.findIndex(([done]) => !done);
  return card("First steps", h("ol", { class: "steps" }, steps.map(([done, title, text, link], at) =>
    h("li", { class: done ? "done" : at === current ? "now" : "" }, h("span", { class: "dot", "aria-hidden": "true" }, done ? "✔" : at + 1),
      h("div", {}, h("b", {}, link ? h("a", { href: link }, title) : title), h("span", { class: "dim" }, text))))));
}

function facts(found, look, play, context) {
  const bad = found.probes.filter((probe) => !probe.ok);
  const restart = (event) => act(() => post("/api/target/restart"), event.currentTarget);
  return h("div", { class: "grid" },
    card("Connection",
      h("p", { class: "mono wrap" }, found.url),
      h("ul", { class: "checks" }, found.probes.map((probe) => h("li", { class: probe.ok ? "yes" : "no" }, h("span", {}, sentence(probe.sentence)), probe.advice && h("small", {}, probe.advice)))),
      bad.length ? null : h("p", { class: "dim" }, "The preflight found no problem."),
      h("div", { class: "buttons" }, button("Look again", look),
        found.has_admin && h("a", { class: "button", href: "/admin", target: "_blank", rel: "noopener" }, "Open its admin pages"),
        found.embedded && button("Restart the server", restart, { class: "quiet", title: "Kills the server and starts it again with its data" })),
      (play.remarks || []).map((remark) => h("p", { class: "notice warn" }, remark))),
    card("Capabilities", found.features.length
      ? h("dl", { class: "facts" }, found.features.map((one) => [h("dt", {}, one.name), h("dd", {}, chip(one.supported ? "supported" : "not supported", one.supported ? "good" : ""), " ", h("span", { class: "dim small" }, one.supported ? one.limits : ""))]))
      : h("p", { class: "dim" }, "The target publishes no ServiceProviderConfig.")),
    found.types.length ? h("section", { class: "card wide" }, h("h2", {}, "Resource types"), table(["Name", "Endpoint", ["Attributes"], "Schema and extensions"], found.types.map((type) =>
      h("tr", {}, h("td", {}, h("b", {}, type.name)), h("td", { class: "mono" }, type.endpoint), h("td", { class: "n" }, number(type.attributes)), h("td", { class: "mono small wrap" }, [type.schema, ...type.extensions].map((urn) => h("div", {}, urn))))))) : null);
}

function sentence(text) {
  if (text.startsWith("scim+json")) return "Content type application/scim+json.";
  return text.charAt(0).toUpperCase() + text.slice(1) + (text.endsWith(".") ? "" : ".");
}
