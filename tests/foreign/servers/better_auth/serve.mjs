// Serves the SCIM plugin of Better Auth over its memory adapter: `node serve.mjs PORT TOKEN`.
import { createServer } from "node:http";
import { scim } from "@better-auth/scim";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { getAuthTables } from "better-auth/db";
import { toNodeHandler } from "better-auth/node";

const [port, token] = process.argv.slice(2);
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: `the secret of a server that a test starts ${token}`,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [scim({ connections: [{ id: "suite", credentials: [{ type: "bearer", id: "token", token }] }] })],
};
const tables = Object.fromEntries(Object.values(getAuthTables(options)).map((table) => [table.modelName, []]));
const handle = toNodeHandler(betterAuth({ ...options, database: memoryAdapter(tables) }));

// A transaction of the memory adapter does not see what others write meanwhile, so requests wait for each other.
let before = Promise.resolve();
createServer((request, response) => {
  before = before.then(() => handle(request, response)).catch(() => response.destroy());
}).listen(Number(port), "127.0.0.1");
