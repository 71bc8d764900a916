// Builds elements. Every string becomes text, never markup, and characters that could mislead a reader are made visible.

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SVG = "http://www.w3.org/2000/svg";

export function plain(value) {
  return String(value).replace(HIDDEN, (found) => "\\u" + found.charCodeAt(0).toString(16).padStart(4, "0"));
}

export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

export function s(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) listenTo(element, name.slice(2), value);
    else if (name === "value" && "value" in element) element.value = value;
    else if (name === "checked") element.checked = true;
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  append(element, children);
  return element;
}

function listenTo(element, type, handler) {
  element.handlers ||= {};
  if (!element.handlers[type]) element.addEventListener(type, dispatch);
  element.handlers[type] = handler;
}

function dispatch(event) {
  return event.currentTarget.handlers[event.type]?.(event);
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(plain(child)));
  }
}

// Replaces the content by these very nodes.
export function put(element, ...children) {
  element.textContent = "";
  append(element, children);
  return element;
}

// Makes the content look like these nodes, and changes only what differs: focus, selection, and a click in progress survive.
// The nodes that are passed may not end up in the page, so nobody may keep references to them.
export function fill(element, ...children) {
  const wanted = document.createDocumentFragment();
  append(wanted, children);
  morphChildren(element, wanted);
  return element;
}

function morphChildren(held, wanted) {
  const next = [...wanted.childNodes];
  for (const [at, node] of next.entries()) {
    const old = held.childNodes[at];
    if (old === undefined) held.append(node);
    else morph(old, node);
  }
  while (held.childNodes.length > next.length) held.lastChild.remove();
}

function morph(old, wanted) {
  if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName || old.dataset?.own || wanted.dataset?.own) {
    old.replaceWith(wanted);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
  } else {
    for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of [...wanted.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const type of Object.keys(old.handlers || {})) if (!wanted.handlers?.[type]) old.handlers[type] = null;
    for (const [type, handler] of Object.entries(wanted.handlers || {})) listenTo(old, type, handler);
    if (old.type === "checkbox" || old.type === "radio") old.checked = wanted.checked;
    else if ("value" in old && old !== document.activeElement && old.value !== wanted.value) old.value = wanted.value;
    morphChildren(old, wanted);
  }
}

export function number(value) {
  return value === null || value === undefined ? "–" : Number(value).toLocaleString("en-US");
}

export function count(value, one, many) {
  return `${number(value)} ${value === 1 ? one : many || one + "s"}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// Times of the simulation are shown in UTC, whatever the zone of the browser.
export function day(text) {
  const at = new Date(text);
  return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

export function time(text, seconds = false) {
  const at = new Date(text);
  const parts = [at.getUTCHours(), at.getUTCMinutes(), ...(seconds ? [at.getUTCSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

export function moment(text) {
  return text ? `${day(text)} ${time(text)}` : "–";
}

export function span(minutes) {
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole} min`;
  if (whole < 72 * 60) return `${Math.floor(whole / 60)} h${whole % 60 ? ` ${whole % 60} min` : ""}`;
  return `${Math.floor(whole / 1440)} d ${Math.floor((whole % 1440) / 60)} h`;
}

export function pretty(body) {
  if (!body) return "";
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

export function button(label, onclick, attributes) {
  return h("button", { type: "button", onclick, ...attributes }, label);
}

export function card(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", {}, title), children);
}

export function empty(sentence, ...next) {
  return h("div", { class: "empty" }, h("p", {}, sentence), next.length ? h("div", { class: "buttons" }, next) : null);
}

// A title in brackets heads a column of numbers, which is aligned to the right.
export function table(heads, rows, attributes) {
  const titles = heads.map((head) => h("th", { scope: "col", class: Array.isArray(head) ? "n" : null }, head));
  return h("div", { class: "scroll" }, h("table", { class: "rows", ...attributes }, h("thead", {}, h("tr", {}, titles)), h("tbody", {}, rows)));
}

export function chip(text, kind) {
  return h("span", { class: `chip ${kind || ""}` }, text);
}

export function status(code, failure) {
  if (code === null || code === undefined) return h("span", { class: "chip bad", title: failure || "" }, "no response");
  return h("span", { class: `chip ${code < 300 ? "good" : code < 400 ? "" : code < 500 ? "warn" : "bad"}` }, code);
}

export function pager(list, go) {
  const last = Math.max(0, Math.ceil(list.found / list.size) - 1);
  const from = list.found ? list.first + 1 : 0;
  const shown = `${number(from)} to ${number(list.first + list.rows.length)} of ${number(list.found)}`;
  const found = list.found === list.total ? shown : `${shown} that match (${number(list.total)} in all)`;
  return h("nav", { class: "pager", "aria-label": "Pages of the list" },
    h("span", {}, found),
    button("← Previous", () => go(list.page - 1), { disabled: list.page <= 0, class: "quiet", "data-key": "previous" }),
    button("Next →", () => go(list.page + 1), { disabled: list.page >= last, class: "quiet", "data-key": "next" }));
}
