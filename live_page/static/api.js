// Requests to our own server, and the connection over which it tells what has changed.

export class Problem extends Error {
  constructor(problem) {
    super(problem.sentence);
    this.next = problem.next || "";
  }
}

const GONE = { sentence: "Scimulator does not answer.", next: "Start it again with scimulator ui, and open the new link." };

async function read(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    throw new Problem(response.status === 403 ? { sentence: "This browser is not signed in.", next: "Open the link that scimulator ui printed." } : GONE);
  }
  if (!response.ok) throw new Problem(body.problem || GONE);
  return body;
}

export async function get(path, query) {
  const asked = Object.entries(query || {}).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const search = new URLSearchParams(asked).toString();
  const response = await fetch(search ? `${path}?${search}` : path).catch(() => { throw new Problem(GONE); });
  return read(response);
}

export async function post(path, body) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body || {}) };
  return read(await fetch(path, options).catch(() => { throw new Problem(GONE); }));
}

// Calls `changed(state, topics)` with every message; `state` is null while the connection is lost.
export function listen(changed) {
  let before = {};
  let wait = 300;
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/updates`);
    let alarm = null;
    const alive = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => socket.close(), 20000);
    };
    socket.onmessage = (message) => {
      alive();
      wait = 300;
      const state = JSON.parse(message.data);
      const topics = new Set(Object.keys(state.versions).filter((name) => state.versions[name] !== before[name]));
      before = state.versions;
      changed(state, topics);
    };
    socket.onclose = () => {
      clearTimeout(alarm);
      before = {};
      changed(null, new Set());
      setTimeout(connect, wait);
      wait = Math.min(wait * 2, 3000);
    };
  };
  connect();
}
