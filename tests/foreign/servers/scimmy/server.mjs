// SCIMMY over two maps in memory: `node server.mjs PORT TOKEN`, with the packages of package.json beside it.
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;
const { User, Group } = SCIMMY.Resources;
const users = new Map();
const groups = new Map();

const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
const taken = (name) => new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);

// SCIMMY's own filter throws when the attribute around the one it asks for is missing. Asked one by one, such a resource
// does not fit; asked together, one of them would make everybody else's search fail as well. Other errors are its own.
function fits(filter, resource) {
    try {
        return filter === undefined || filter.match([resource]).length > 0;
    } catch (error) {
        if (String(error.message).includes("Cannot convert undefined or null to object")) return false;
        throw error;
    }
}

// The three methods that SCIMMY asks of a program that stores something.
function keepIn(store, shown, { unique, forget = () => {} } = {}) {
    return {
        ingress(resource, data) {
            const held = resource.id === undefined ? undefined : store.get(resource.id);
            if (resource.id !== undefined && held === undefined) throw missing(resource.id);
            const same = (other) => String(other[unique]).toLowerCase() === String(data[unique]).toLowerCase();
            if (unique && [...store.values()].some((other) => other.id !== held?.id && same(other)))
                throw taken(data[unique]);
            const now = new Date().toISOString();
            const id = held?.id ?? randomUUID();
            const meta = { created: held?.meta.created ?? now, lastModified: held?.meta.lastModified ?? now };
            const next = { ...JSON.parse(JSON.stringify(data)), id, meta };
            if (held !== undefined && !isDeepStrictEqual(next, held)) meta.lastModified = now;
            store.set(id, next);
            return shown(next);
        },
        egress(resource) {
            if (resource.id !== undefined) {
                if (!store.has(resource.id)) throw missing(resource.id);
                return shown(store.get(resource.id));
            }
            return [...store.values()].map(shown).filter((one) => fits(resource.filter, one));
        },
        degress(resource) {
            if (!store.delete(resource.id)) throw missing(resource.id);
            forget(resource.id);
        },
    };
}

const isIn = (user) => (group) => (group.members ?? []).some((member) => member.value === user.id);
const named = (group) => ({ value: group.id, display: group.displayName, type: "direct" });
const withGroups = (user) => ({ ...user, groups: [...groups.values()].filter(isIn(user)).map(named) });

function forget(id) {
    for (const group of groups.values())
        if (group.members) group.members = group.members.filter((member) => member.value !== id);
}

SCIMMY.Resources.declare(User, keepIn(users, withGroups, { unique: "userName", forget }));
SCIMMY.Resources.declare(Group, keepIn(groups, (group) => group, { forget }));
User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: () => base,
    handler: (request) => {
        const [scheme, shown] = (request.header("Authorization") ?? "").split(/ +/);
        if (scheme.toLowerCase() !== "bearer" || shown !== token) throw new Error("The token is not accepted");
    },
}));
app.listen(Number(port), "127.0.0.1");
