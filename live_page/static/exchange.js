// One request in full: what was sent and received, beside the entry that Entra's provisioning log shows.

import { get } from "./api.js";
import { act, openDrawer, toast } from "./dialog.js";
import { button, chip, h, moment, pretty, status } from "./dom.js";

export function showExchange(number) {
  return act(async () => {
    const exchange = await get(`/api/traffic/${number}`);
    openDrawer(`Request ${number}`, exchangeDetails(exchange));
  });
}

export function exchangeDetails(exchange) {
  return h("div", { class: "exchange" },
    h("section", {}, h("h3", {}, "What was sent"),
      h("p", { class: "dim" }, [exchange.cause.operation, exchange.who && ` for ${exchange.who}`, exchange.cause.cycle && `, cycle ${exchange.cause.cycle}`, exchange.virtual_at && `, ${moment(exchange.virtual_at)}`]),
      copyable("curl", exchange.curl),
      wire(exchange)),
    h("div", {},
      exchange.findings ? h("section", {}, h("h3", {}, "Verdict about the provider as a client"), exchange.findings.length ? exchange.findings.map(finding) : h("p", { class: "dim" }, "The request breaks no rule.")) : null,
      exchange.log === undefined ? null : h("section", {}, h("h3", {}, "What Entra's provisioning log shows"), log(exchange.log))));
}

// One rule that a request breaks, with the requirement and the usual fix.
function finding(found) {
  return h("div", { class: "finding" },
    h("p", {}, verdict(found.verdict), " ", h("b", {}, found.message)),
    h("p", {}, found.title, h("span", { class: "dim" }, ` (${found.requirement})`)),
    found.expected || found.got ? h("p", { class: "mono wrap" }, found.expected && `expected ${found.expected}`, found.expected && found.got ? ", " : "", found.got && `got ${found.got}`) : null,
    h("p", {}, `Fix: ${found.fix}`));
}

export function verdict(word) {
  return chip(word, word === "FAIL" ? "bad" : "warn");
}

export function wire(exchange) {
  return [
    h("div", { class: "line" }, h("b", {}, exchange.method), h("span", { class: "mono wrap" }, exchange.url)),
    headers("Request headers", exchange.request_headers),
    exchange.request_body && h("pre", {}, pretty(exchange.request_body)),
    h("div", { class: "line" }, status(exchange.status, exchange.failure), h("span", {}, exchange.failure || ""), h("span", { class: "dim" }, `${exchange.duration_ms.toFixed(1)} ms`)),
    headers("Response headers", exchange.response_headers),
    exchange.response_body ? h("pre", {}, pretty(exchange.response_body)) : h("p", { class: "dim" }, exchange.failure ? "" : "The response has no body."),
  ];
}

function headers(title, found) {
  const names = Object.keys(found);
  return names.length > 0 && h("details", {}, h("summary", {}, `${title} (${names.length})`), h("dl", { class: "headers" }, names.map((name) => [h("dt", {}, name), h("dd", {}, found[name])])));
}

export function copyable(label, text) {
  const copy = () => navigator.clipboard.writeText(text).then(() => toast(`Copied the ${label} command.`, "good"), () => toast("The browser does not allow copying.", "bad"));
  return h("div", { class: "copyable" }, h("pre", { class: "curl" }, text), button(`Copy ${label}`, copy));
}

// An entry of the log that was chosen in the list, with its requests.
export function showEntry(number) {
  return act(async () => {
    const found = await get(`/api/log/${number}`);
    openDrawer("Entry of the provisioning log", h("div", { class: "exchange" },
      h("section", {}, log(found.log)),
      h("section", {}, h("h3", {}, "Requests, which Entra's log does not show"), found.exchanges.length
        ? h("div", { class: "buttons" }, found.exchanges.slice(0, 60).map((one) => button(`Request ${one}`, () => showExchange(one))))
        : h("p", { class: "dim" }, "None: nothing was sent."))));
  });
}

const KINDS = { success: "good", failure: "bad", skipped: "", warning: "warn" };

function log(entry) {
  if (!entry) return h("p", { class: "dim" }, "Nothing: this request belongs to no entry, or its entry is not finished.");
  const info = entry.provisioningStatusInfo;
  return [
    h("dl", { class: "facts" },
      h("dt", {}, "Identity"), h("dd", {}, entry.sourceIdentity.displayName || "none (connection test)"),
      h("dt", {}, "Action"), h("dd", {}, entry.provisioningAction),
      h("dt", {}, "Status"), h("dd", {}, chip(info.status, KINDS[info.status])),
      info.errorInformation ? [h("dt", {}, "Error code"), h("dd", {}, info.errorInformation.errorCode), h("dt", {}, "Reason"), h("dd", {}, info.errorInformation.reason)] : null,
      entry.advice ? [h("dt", {}, "What to do"), h("dd", {}, entry.advice)] : null),
    h("h4", {}, "Steps"),
    h("ol", { class: "log-steps" }, entry.provisioningSteps.map((step) => h("li", {}, chip(step.provisioningStepType, KINDS[step.status]), " ", step.description))),
    entry.modifiedProperties.length > 0 && [h("h4", {}, "Modified properties"), h("dl", { class: "headers" }, entry.modifiedProperties.map((one) => [h("dt", {}, one.displayName), h("dd", {}, one.oldValue && [h("s", {}, one.oldValue), " → "], h("b", {}, one.newValue ?? "none"))]))],
    h("details", {}, h("summary", {}, "The entry as JSON, in the format of Microsoft Graph"), h("pre", {}, JSON.stringify({ ...entry, exchanges: undefined }, null, 2))),
  ];
}

