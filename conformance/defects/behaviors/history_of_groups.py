"""Defects that require a history of groups: renames, members who leave and return, and deleted members."""

from __future__ import annotations

from conformance.defects.resources import UNSET, before, new_value, patched, with_values
from conformance.defects.wire import Reply, Request, Server


def renamed_group_loses_later_members(request: Request, server: Server) -> Reply:
    if (
        request.is_("PUT|PATCH", "/Groups/*")
        and request.path in server.memory
        and new_value(request, "members") is not UNSET
    ):
        return server(Request("GET", request.path, "", request.headers))
    old = before(request, server, "/Groups/*").get("displayName")
    reply = server(request)
    if old and reply.ok and new_value(request, "displayName") not in (UNSET, old):
        server.memory[request.path] = True
    return reply


def member_is_stored_twice(request: Request, server: Server) -> Reply:
    held = [item.get("value") for item in before(request, server, "/Groups/*").get("members") or ()]
    for operation in request.operations if held else ():
        if str(operation.get("op")).lower() == "add" and isinstance(operation.get("value"), list):
            twice = [item for item in operation["value"] if isinstance(item, dict) and item.get("value") in held]
            server.memory.setdefault(request.path, []).extend(twice)
    extra = server.memory.get(request.path, []) if request.method == "GET" else []
    return with_values(request, server, members=lambda shown: [*shown, *extra]) if extra else server(request)


def group_of_a_deleted_member_is_500(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        user = server.get(request.path, request) or {}
        server.memory.update({f"/Groups/{group['value']}": True for group in user.get("groups") or ()})
    broken = request.method in ("GET", "PUT", "PATCH") and request.path in server.memory
    return Reply.error(500, None, "member is null") if broken else server(request)


def groups_of_a_user_keep_the_left(request: Request, server: Server) -> Reply:
    for operation in request.operations if request.is_("PATCH", "/Groups/*") else ():
        path = str(operation.get("path", ""))
        if str(operation.get("op")).lower() == "remove" and "[value eq" in path:
            group = request.path.rpartition("/")[2]
            server.memory.setdefault(f"/Users/{path.split(chr(34))[1]}", []).append(
                {"value": group, "type": "indirect"}
            )
    left = server.memory.get(request.path, []) if request.method == "GET" else []
    reply = server(request)
    return reply.each_resource(lambda one: {**one, "groups": [*one.get("groups", []), *left]}) if left else reply


def deletion_of_a_group_empties_others(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.is_("DELETE", "/Groups/*") else None
    members = held.get("members") if isinstance(held, dict) else None
    for item in members or ():
        user = server.get(f"/Users/{item['value']}", request) or {}
        for group in user.get("groups") or ():
            operation = {"op": "remove", "path": f'members[value eq "{user["id"]}"]'}
            patched(server, request, f"/Groups/{group['value']}", operation)
    return server(request)


def member_who_is_added_again_is_500(request: Request, server: Server) -> Reply:
    held = [item.get("value") for item in before(request, server, "/Groups/*").get("members") or ()]
    for operation in request.operations if held else ():
        values = operation.get("value") if str(operation.get("op")).lower() == "add" else None
        if isinstance(values, list) and any(isinstance(v, dict) and v.get("value") in held for v in values):
            return Reply.error(500, None, "Duplicate entry for key scim_user_group.PRIMARY")
    return server(request)


def renamed_user_cannot_leave(request: Request, server: Server) -> Reply:
    old = before(request, server).get("userName")
    if old and new_value(request, "userName") not in (UNSET, old):
        server.memory[request.path.rpartition("/")[2]] = True
    for operation in request.operations if request.is_("PATCH", "/Groups/*") else ():
        path = str(operation.get("path", ""))
        if "[value eq" in path and path.split('"')[1] in server.memory:
            return server(Request("GET", request.path, "", request.headers))
    return server(request)
