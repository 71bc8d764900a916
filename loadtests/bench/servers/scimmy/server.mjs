// SCIMMY over maps in memory: `node server.mjs PORT TOKEN [RESOURCES READY]`, with the packages of package.json beside it.
// RESOURCES holds one resource a line, stored before it listens; READY is written once it does, and holds the port.
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token, resources, ready] = process.argv.slice(2);
const { User, Group } = SCIMMY.Resources;

const missing = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
const taken = (name) => new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
const folded = (value) => String(value).toLowerCase();

// SCIMMY's own filter throws when the attribute around the one it asks for is missing. Asked one by one, such a resource
// does not fit; asked together, one of them would make everybody else's search fail as well. Other errors are its own.
function fits(filter, resource) {
    try {
        return filter.match([resource]).length > 0;
    } catch (error) {
        if (String(error.message).includes("Cannot convert undefined or null to object")) return false;
        throw error;
    }
}

// SCIMMY stores nothing, the program around it does. What a database would index is indexed here: the names by which
// resources are looked up, so that nobody takes our loops for SCIMMY's speed.
class Store {
    held = new Map();
    indexes = new Map();

    constructor(...indexed) {
        for (const attribute of indexed) this.indexes.set(attribute.toLowerCase(), { attribute, ids: new Map() });
    }

    put(id, data) {
        const text = JSON.stringify(data);
        const before = this.held.get(id);
        const now = new Date().toISOString();
        const meta = { created: before?.resource.meta.created ?? now, lastModified: now };
        if (before?.text === text) meta.lastModified = before.resource.meta.lastModified;
        this.drop(id, before);
        const resource = { ...JSON.parse(text), id, meta };
        this.held.set(id, { text, resource });
        for (const { attribute, ids } of this.indexes.values()) {
            const key = folded(resource[attribute]);
            if (!ids.has(key)) ids.set(key, new Set());
            ids.get(key).add(id);
        }
        return resource;
    }

    drop(id, before = this.held.get(id)) {
        if (before === undefined) return false;
        for (const { attribute, ids } of this.indexes.values()) ids.get(folded(before.resource[attribute])).delete(id);
        return true;
    }

    remove(id) {
        return this.drop(id) && this.held.delete(id);
    }

    get(id) {
        return this.held.get(id)?.resource;
    }

    having(attribute, value) {
        const found = this.indexes.get(attribute.toLowerCase()).ids.get(folded(value)) ?? [];
        return [...found].map((id) => this.get(id));
    }

    // Those who may fit: the index's for one `eq` on what is indexed, else everybody.
    candidates(filter) {
        const conditions = filter?.length === 1 ? Object.entries(filter[0]) : [];
        const [attribute, wanted] = conditions.length === 1 ? conditions[0] : [""];
        if (this.indexes.has(attribute.toLowerCase()) && wanted[0] === "eq" && typeof wanted[1] === "string")
            return this.having(attribute, wanted[1]);
        return [...this.held.values()].map(({ resource }) => resource);
    }
}

const users = new Store("userName", "externalId");
const groups = new Store("displayName", "externalId");
const groupsOf = new Map(); // id of a member → ids of its groups

function link(group, add) {
    for (const { value } of group?.members ?? []) {
        if (!groupsOf.has(value)) groupsOf.set(value, new Set());
        if (add) groupsOf.get(value).add(group.id);
        else groupsOf.get(value).delete(group.id);
    }
}

function putGroup(id, data) {
    link(groups.get(id), false);
    const group = groups.put(id, data);
    link(group, true);
    return group;
}

function forget(id) {
    for (const groupId of [...(groupsOf.get(id) ?? [])]) {
        const group = groups.get(groupId);
        group.members = group.members.filter((member) => member.value !== id);
        groups.held.get(groupId).text = undefined; // what was written is no longer what is held
    }
    groupsOf.delete(id);
}

// SCIMMY makes the page of a list itself, of everybody: 50,000 resources built and 49,900 thrown away. It leaves a list as it
// is that can only be a page, if it is told of how many; one that begins early it cuts, so that gets what comes before, too.
function pageOf(list, constraints) {
    const { startIndex: start = 1, count = 20 } = constraints;
    const total = (constraints.totalResults = list.length);
    if (start > total) return list; // what SCIMMY does then is its own
    const page = list.slice(start - 1, start - 1 + count);
    const isLeftAlone = page.length < start || page.length + start - 1 === total;
    if (isLeftAlone) return page;
    return 2 * (start - 1) + page.length === total ? list : list.slice(0, start - 1 + count);
}

// The three methods that SCIMMY asks of a program that stores something.
function keepIn(store, put, shown, unique) {
    return {
        ingress(resource, data) {
            if (resource.id !== undefined && store.get(resource.id) === undefined) throw missing(resource.id);
            if (unique && store.having(unique, data[unique]).some((other) => other.id !== resource.id))
                throw taken(data[unique]);
            return shown(put(resource.id ?? randomUUID(), data));
        },
        egress(resource) {
            const { id, filter, constraints } = resource;
            if (id === undefined) {
                const found = store.candidates(filter).filter((one) => filter === undefined || fits(filter, shown(one)));
                return (constraints && !constraints.sortBy ? pageOf(found, constraints) : found).map(shown);
            }
            const held = store.get(resource.id);
            if (held === undefined) throw missing(resource.id);
            return shown(held);
        },
        degress(resource) {
            link(store === groups ? groups.get(resource.id) : undefined, false);
            if (!store.remove(resource.id)) throw missing(resource.id);
            forget(resource.id);
        },
    };
}

const named = (group) => ({ value: group.id, display: group.displayName, type: "direct" });
const withGroups = (user) => ({ ...user, groups: [...(groupsOf.get(user.id) ?? [])].map((id) => named(groups.get(id))) });

SCIMMY.Resources.declare(User, keepIn(users, (id, data) => users.put(id, data), withGroups, "userName"));
SCIMMY.Resources.declare(Group, keepIn(groups, putGroup, (group) => group));
User.extend(SCIMMY.Schemas.EnterpriseUser, false);

for (const line of resources ? readFileSync(resources, "utf-8").split("\n").filter(Boolean) : []) {
    const { id, ...body } = JSON.parse(line);
    if (body.meta.resourceType === "User") users.put(id, new SCIMMY.Schemas.User(body, "in"));
    else putGroup(id, new SCIMMY.Schemas.Group(body, "in"));
}

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    baseUri: () => `http://127.0.0.1:${listener.address().port}`,
    handler: (request) => {
        const [scheme, shown] = (request.header("Authorization") ?? "").split(/ +/);
        if (scheme.toLowerCase() !== "bearer" || shown !== token) throw new Error("The token is not accepted");
    },
}));
const listener = app.listen(Number(port), "127.0.0.1", () => {
    if (ready === undefined) return;
    writeFileSync(`${ready}.new`, String(listener.address().port));
    renameSync(`${ready}.new`, ready);
});
