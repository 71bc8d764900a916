// The clock in the header: virtual time, progress of the work, and what makes time pass.

import { act } from "./dialog.js";
import { button, count, day, fill, h, number, span, time } from "./dom.js";

export function drawClock(place, state, context) {
  const play = state?.play;
  if (!play) {
    fill(place, h("p", { class: "when" }, h("span", { class: "dim" }, state === null ? "Connecting …" : "Starting the target …")));
    return;
  }
  const go = (action, amount) => (event) => act(() => context.clock(action, amount), event.currentTarget);
  const busy = play.busy;
  const speed = (value) => button(`${value}×`, go("play", value), { class: play.speed === value ? "on" : "", "aria-pressed": play.speed === value, title: `One second is ${span(value / 60)} of virtual time`, "data-key": `speed${value}` });
  fill(place,
    h("p", { class: "when", title: "All times are in UTC" },
      h("b", {}, time(play.now)), h("span", {}, `${day(play.now)} ${play.now.slice(0, 4)}`)),
    h("p", { class: "what" }, busy ? progress(busy) : next(play)),
    h("div", { class: "controls" },
      button(play.cycles ? "Run next cycle" : "Run first cycle", go("cycle"), { class: "primary", disabled: Boolean(busy) || play.stopped, title: "Shortcut: n", "data-key": "cycle" }),
      button("+1 h", go("advance", 60), { disabled: Boolean(busy), "data-key": "hour", title: "Let one hour pass" }),
      button("Next working day", go("working day"), { disabled: Boolean(busy), "data-key": "workday", title: "Let time pass until 06:00 of the next working day, when the first sync runs" }),
      h("span", { class: "group", role: "group", "aria-label": "Speed" },
        speed(60), speed(600),
        button("Pause", go("pause"), { disabled: !play.speed, "data-key": "pause" }))));
}

function progress(busy) {
  const objects = busy.of ? `${number(busy.entries)} of about ${count(busy.of, "object")}` : count(busy.entries, "object");
  const done = busy.entries ? `: ${objects}` : " …";
  return [h("span", { class: "spinner", "aria-hidden": "true" }), `${busy.what}${done}`, busy.failed ? h("b", { class: "bad-text" }, ` ${count(busy.failed, "failure")}`) : ""];
}

function next(play) {
  if (play.stopped) return h("b", { class: "warn-text" }, "The provisioning job is stopped.");
  if (!play.cycles) return "No cycle has run yet: the target does not know the company.";
  const minutes = (new Date(play.next_cycle) - new Date(play.now)) / 60000;
  const compared = play.differences ? h("b", { class: "bad-text" }, ` ${count(play.differences, "difference")} found.`) : "";
  return [`Next cycle in ${span(Math.max(0, minutes))}, at ${time(play.next_cycle)}.`, compared];
}
