// Serves the directory sync of SAML Jackson from memory, routed as its own application does: `node serve.mjs PORT TOKEN`.
import { createServer } from "node:http";
import { controllers } from "@boxyhq/saml-jackson";

const [port, token] = process.argv.slice(2);
const { directorySyncController: sync } = await controllers({
  externalUrl: `http://127.0.0.1:${port}`,
  samlPath: "/saml",
  scimPath: "/scim/v2",
  db: { engine: "mem" },
  noAnalytics: true,
  logger: { info() {}, warn() {}, error() {} },
});
const { data: directory } = await sync.directories.create({
  name: "suite",
  tenant: "suite",
  product: "suite",
  type: "generic-scim-v2",
});

async function answer(request) {
  const url = new URL(request.url, "http://127.0.0.1");
  const [path, resourceId] = url.pathname.replace(/^\/scim\/v2\//, "").split("/").map(decodeURIComponent);
  const number = (name) => (url.searchParams.has(name) ? parseInt(url.searchParams.get(name)) : undefined);
  const presented = (request.headers.authorization ?? "").split(" ")[1] ?? null;
  let text = "";
  for await (const part of request) text += part;
  return sync.requests.handle({
    method: request.method,
    body: text ? JSON.parse(text) : undefined,
    directoryId: directory.id,
    resourceType: path === "Users" ? "users" : "groups",
    resourceId: resourceId || undefined,
    apiSecret: presented === token ? directory.scim.secret : presented, // it makes its secret itself
    query: { count: number("count"), startIndex: number("startIndex"), filter: url.searchParams.get("filter") ?? undefined },
  });
}

createServer(async (request, response) => {
  let status = 500;
  let data = { error: { message: "Internal server error" } };
  try {
    ({ status, data } = await answer(request));
  } catch {
    // Its application answers what it does not expect with this, too.
  }
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(data));
}).listen(Number(port), "127.0.0.1");
