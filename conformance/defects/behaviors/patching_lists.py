"""Defects of PATCH on multi-valued attributes: value filters, duplicates, primary."""

from __future__ import annotations

import re

from conformance.defects.patch_operations import Operation, changed, is_, without_operations
from conformance.defects.wire import Reply, Request, Server


def patch_replace_list_appends(request: Request, server: Server) -> Reply:
    def append(o: Operation) -> Operation:
        return {**o, "op": "add"} if is_(o, "replace") and isinstance(o.get("value"), list) else o

    return changed(request, server, append)


def patch_replace_filter_wipes_siblings(request: Request, server: Server) -> Reply:
    def whole(o: Operation) -> Operation:
        name, bracket, _ = str(o.get("path", "")).partition("[")
        if not bracket or not is_(o, "replace"):
            return o
        value = o["value"] if isinstance(o["value"], dict) else {"value": o["value"], "type": "work"}
        return {"op": "replace", "path": name, "value": [value]}

    return changed(request, server, whole)


def patch_filter_only_first_match(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == 'addresses[type eq "work"].streetAddress':
            held: list[Operation] = (server.get(request.path, request) or {}).get("addresses") or []
            first = next((a for a in held if a.get("type") == "work"), None)
            new = [{**a, "streetAddress": operation["value"]} if a is first else a for a in held]
            return server(request.with_operations([{"op": "replace", "path": "addresses", "value": new}]))
    return server(request)


def patch_filter_no_match_ignored(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) or {}
    types = {e.get("type") for e in held.get("emails") or ()}
    missed = [
        o for o in request.operations if is_(o, "replace", "emails[type eq ") and o["path"].split('"')[1] not in types
    ]
    return without_operations(request, server, missed)


def patch_filter_no_match_overwrites(request: Request, server: Server) -> Reply:
    def first(o: Operation) -> Operation:
        if is_(o, "add", "emails[type eq") and o["path"].endswith(".value"):
            return {"op": "replace", "path": "emails", "value": [{"value": o["value"], "type": "work"}]}
        return o

    return changed(request, server, first)


def patch_filter_no_match_not_created(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.operations else None
    for operation in request.operations:
        name, bracket, rest = str(operation.get("path", "")).partition("[type eq ")
        types = {e.get("type") for e in (held or {}).get(name) or ()}
        if bracket and rest.split('"')[1] not in types:
            return Reply.error(400, "noTarget")
    return server(request)


def patch_filter_no_match_appended_every_time(request: Request, server: Server) -> Reply:
    def append(o: Operation) -> Operation:
        found = re.fullmatch(r'(\w+)\[type eq "(\w+)"\]\.(\w+)', str(o.get("path", "")))
        if not found or is_(o, "remove"):
            return o
        name, kind, part = found.groups()
        marked = {"type": kind, part: o["value"], "display": str(len(server.memory))}
        server.memory[str(len(server.memory))] = True  # each key differs
        return {"op": "add", "path": name, "value": [marked]}

    return changed(request, server, append)


def patch_subattributes_in_separate_ops(request: Request, server: Server) -> Reply:
    def own(o: Operation) -> Operation:
        found = re.fullmatch(r"emails\[.*\]\.(\w+)", str(o.get("path", "")))
        return {"op": "add", "path": "emails", "value": [{"value": "x@y", found[1]: o["value"]}]} if found else o

    return changed(request, server, own) if len(request.operations) == 3 else server(request)


def patch_add_doubles_elements(request: Request, server: Server) -> Reply:
    if any(is_(o, "add", "emails") for o in request.operations):
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(lambda r: {**r, "emails": [*r.get("emails", []), *r.get("emails", [])[:1]]})


def patch_adds_null_subattributes(request: Request, server: Server) -> Reply:
    if request.operations:
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(
        lambda held: {**held, "emails": [{"display": None, **e} for e in held.get("emails", [])]}
    )


def patch_primary_not_moved(request: Request, server: Server) -> Reply:
    if any("primary" in str(o.get("path")) or "primary" in str(o.get("value")) for o in request.operations):
        server.memory[request.path] = True
    reply = server(request)
    if request.path not in server.memory:
        return reply
    return reply.each_resource(lambda r: {**r, "emails": [{**e, "primary": True} for e in r.get("emails", [])]})


def group_response_duplicates_existing_member(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if is_(operation, "add", "members") and operation.get("path") == "members":
            seen = server.memory.setdefault(request.path, set())
            new = {item["value"] for item in operation["value"] if isinstance(item, dict)}
            server.memory["twice", request.path] = sorted(seen & new)
            seen |= new
    twice = server.memory.get(("twice", request.path), [])
    return server(request).each_resource(
        lambda r: {**r, "members": [*r.get("members", []), *({"value": t} for t in twice)]}
    )
