// The frame of all pages: navigation, the clock, notices, and the page that the address names.

import { listen, post } from "./api.js";
import { drawClock } from "./clock_bar.js";
import { closeDrawer } from "./dialog.js";
import { fill, h, put, s } from "./dom.js";
import checks from "./views/checks.js";
import clock from "./views/clock.js";
import company from "./views/company.js";
import keep from "./views/keep.js";
import load from "./views/load.js";
import provider from "./views/provider.js";
import target from "./views/target.js";
import traffic from "./views/traffic.js";
import trouble from "./views/trouble.js";

const VIEWS = { target, company, clock, traffic, provider, trouble, checks, load, keep };
const ICONS = {
  target: "M12 3v3M12 18v3M3 12h3M18 12h3M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  company: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.3 2.7-6 6-6s6 2.7 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3 2.900 3 5.500",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.500 2",
  traffic: "M4 8h13l-3.500-3.500M20 16H7l3.500 3.500",
  provider: "M12 3l8 3v6c0 4.500-3.400 7.600-8 9-4.600-1.400-8-4.500-8-9V6l8-3zM9 12l2.200 2.200L15.500 10",
  trouble: "M13 3L5 14h6l-1 7 8-11h-6l1-7z",
  checks: "M4 6.500l1.500 1.500L8 5.500M4 12.500l1.500 1.500L8 11.500M4 18.500l1.500 1.500L8 17.500M11 7h9M11 13h9M11 19h9",
  load: "M4 19V9M9.300 19V5M14.700 19v-8M20 19V7",
  keep: "M6 3h9l4 4v14H6zM9 3v6h6V3M9 21v-7h7v7",
};

let state = null;
let seen = false;
let current = null; // {name, view, page}

const context = {
  state: () => state,
  go: (path) => { location.hash = path; },
  clock: (action, amount) => post("/api/clock", { action, amount }),
};

function navigation() {
  const [name] = parts();
  const marks = {
    traffic: state?.play?.requests ? short(state.play.requests) : null,
    company: state?.play ? short(state.play.counts.people) : null,
    trouble: state?.play?.faults.length ? String(state.play.faults.length) : null,
    provider: state?.play?.quarantine ? "!" : null,
    checks: state?.checks_running ? "…" : null,
    load: state?.load_running ? "…" : null,
  };
  fill(document.getElementById("nav"), Object.entries(VIEWS).map(([key, view]) =>
    h("a", { href: `#/${key}`, "aria-current": key === name ? "page" : null, "data-key": key },
      s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: ICONS[key] })),
      h("span", {}, view.title),
      marks[key] && h("span", { class: `count ${key === "trouble" || key === "provider" ? "warn" : ""}` }, marks[key]))));
  const play = state?.play;
  fill(document.getElementById("side-foot"), play ? [h("b", {}, play.target.embedded ? "Embedded server" : new URL(play.target.url).host), h("span", {}, play.provider)] : "");
}

function short(value) {
  return value < 10000 ? value.toLocaleString("en-US") : `${Math.round(value / 1000)}k`;
}

function notices() {
  const found = [];
  if (state === null && seen) {
    found.push(h("p", { class: "notice bad" }, h("b", {}, "The connection to Scimulator is lost. "), "The page reconnects by itself. If Scimulator was stopped, start it again with ", h("code", {}, "scimulator ui"), " and open the new link."));
  } else if (state?.problem) {
    found.push(h("p", { class: "notice bad" }, h("b", {}, `${state.problem.sentence} `), state.problem.next));
  }
  const play = state?.play;
  if (play?.quarantine) {
    found.push(h("p", { class: "notice warn" }, h("b", {}, "The job is in quarantine. "), `${play.quarantine}. `, h("a", { href: "#/provider" }, "Look at the job")));
  }
  if (play?.faults.length) {
    found.push(h("p", { class: "notice warn" }, h("b", {}, play.faults.length === 1 ? "A fault is on. " : `${play.faults.length} faults are on. `), h("a", { href: "#/trouble" }, "Show or turn off")));
  }
  fill(document.getElementById("notices"), found);
}

function parts() {
  const [, name, ...rest] = decodeURI(location.hash).split("/");
  return [VIEWS[name] ? name : "target", rest];
}

async function route() {
  const [name, rest] = parts();
  closeDrawer();
  const view = VIEWS[name];
  if (current?.page?.leave) current.page.leave();
  const main = document.getElementById("main");
  document.title = `${view.title} · Scimulator`;
  const root = h("div", { class: `view view-${name}` });
  put(main, root);
  current = { name, view, page: null };
  const mine = current;
  const page = view.mount(root, context, rest);
  mine.page = page;
  navigation();
  await refresh(mine, null);
}

async function refresh(mine, topics) {
  if (!mine?.page?.refresh) return;
  if (mine.waiting) {
    mine.again = true;
    return;
  }
  mine.waiting = true;
  try {
    await mine.page.refresh(topics);
  } catch (error) {
    if (mine === current) put(mine.page.problem || document.getElementById("main").firstChild, h("div", { class: "empty" }, h("p", {}, error.message), error.next && h("p", { class: "dim" }, error.next)));
  } finally {
    mine.waiting = false;
    if (mine.again && mine === current) {
      mine.again = false;
      setTimeout(() => refresh(mine, topics), 150);
    }
  }
}

listen((found, topics) => {
  const first = !seen || (state === null && found !== null);
  state = found;
  if (found !== null) seen = true;
  drawClock(document.getElementById("clock"), state, context);
  navigation();
  notices();
  document.body.classList.toggle("lost", state === null && seen);
  if (found !== null && current && (first || [...topics].some((topic) => current.view.topics.includes(topic)))) refresh(current, topics);
});

addEventListener("hashchange", route);
addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, dialog") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === "/") {
    const field = document.querySelector("main input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  } else if (event.key === "n" && state?.play && !state.play.busy) {
    context.clock("cycle").catch(() => {});
  }
});
if (!location.hash) history.replaceState(null, "", "#/target");
drawClock(document.getElementById("clock"), state, context);
route();
