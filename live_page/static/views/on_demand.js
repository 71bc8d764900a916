// The result of provisioning on demand, in the five steps of Entra's portal.

import { openDrawer } from "../dialog.js";
import { button, chip, h } from "../dom.js";
import { showExchange } from "../exchange.js";

const KINDS = { Success: "good", Failure: "bad", Skipped: "", Warning: "warn" };

export function fiveSteps(result) {
  openDrawer(`Provision on demand: ${result.name}`, h("div", { class: "on-demand" },
    h("ol", { class: "five" }, result.steps.map((one, at) => h("li", {}, h("b", {}, `${at + 1}. ${one.step}`), chip(one.status, KINDS[one.status]), h("p", { class: "dim" }, one.detail)))),
    result.modified.length > 0 && [h("h3", {}, "Modified attributes"), h("dl", { class: "headers" }, result.modified.map(([name, old, value]) => [h("dt", {}, name), h("dd", {}, old !== null && old !== undefined && [h("s", {}, text(old)), " → "], h("b", {}, text(value)))]))],
    h("h3", {}, "Requests"), h("div", { class: "buttons" }, result.exchanges.map((number) => button(`Request ${number}`, () => showExchange(number))))));
}

function text(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
