"""Defects of groups and members: members are lost, kept, unknown, or changed by other requests."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from conformance.defects.patch_operations import is_
from conformance.defects.resources import Resource, body_of, sent
from conformance.defects.wire import Reply, Request, Server

_LOCK = threading.Lock()


def _patch(server: Server, like: Request, group: str, op: str, path: str, value: Any = None) -> None:
    """A PATCH of a group with one operation, authorized like the client's request."""
    operation = {"op": op, "path": path} | ({"value": value} if value else {})
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    server.send("PATCH", f"/Groups/{group}", body, like)


def _replaces(request: Request, path: str = "/*/*") -> bool:
    """Whether the request is a PUT with a valid body."""
    return request.is_("PUT", path) and isinstance(request.json, dict)


def group_removal_of_a_stranger_empties_it(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.is_("PATCH", "/Groups/*") else None
    known = {m.get("value") for m in (held or {}).get("members") or ()}

    def all_(o: dict[str, Any]) -> dict[str, Any]:
        found = re.search(r'members\[value eq "(.*)"\]', str(o.get("path", "")))
        return {"op": "remove", "path": "members"} if found and found[1] not in known else o

    return server(request.with_operations([all_(o) for o in request.operations])) if held else server(request)


def group_replace_with_unknown_wipes(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        items = operation.get("value") if is_(operation, "replace", "members") else []
        if any(not server.get(f"/Users/{item['value']}", request) for item in items or ()):
            return server(request.with_operations([{"op": "remove", "path": "members"}]))
    return server(request)


def group_inactive_member_rejected(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        for item in operation["value"] if is_(operation, "add", "members") else ():
            if (server.get(f"/Users/{item['value']}", request) or {}).get("active") is False:
                return Reply.error(400, "invalidValue", "inactive member")
    return server(request)


def group_unknown_member_rejects_all(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        items = operation["value"] if is_(operation, "add", "members") else []
        good = [item for item in items if server.get(f"/Users/{item['value']}", request)]
        if len(good) < len(items):
            server(request.with_operations([{**operation, "value": good}]))
            return Reply.error(400, "invalidValue", "unknown member")
    return server(request)


def group_patch_unknown_member_200(request: Request, server: Server) -> Reply:
    def known(items: Any) -> list[Any]:
        return [m for m in items or () if isinstance(m, dict) and server.get(f"/Users/{m.get('value')}", request)]

    if request.is_("POST|PUT", "/Groups*") and isinstance(request.json, dict):
        return server(request.with_json({**request.json, "members": known(request.json.get("members"))}))
    made = [{**o, "value": known(o.get("value"))} if is_(o, "add", "members") else o for o in request.operations]
    if any(operation.get("value") == [] for operation in made):
        return server(Request("GET", request.path, "", request.headers))
    return server(request.with_operations(made)) if made else server(request)


def group_strict_member_shape_422(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        value = operation.get("value")
        items = (
            value.get("members", ()) if isinstance(value, dict) else value if is_(operation, "add", "members") else ()
        )
        if any("display" not in item for item in items or ()):
            return Reply.error(422, "invalidValue", "display required")
    return server(request)


def group_remove_then_add_window(request: Request, server: Server) -> Reply:
    reply = server(request)
    removals = [operation for operation in request.operations if is_(operation, "remove", "members")]
    if removals and not reply.ok:
        server(request.with_operations(removals))
    return reply


def group_parallel_patch_lost_update(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "members" and is_(operation, "add"):
            held = (server.get(request.path, request) or {}).get("members") or []
            time.sleep(0.05)  # concurrent changes of other requests are lost
            new = [{"value": m["value"]} for m in [*held, *operation["value"]]]
            with _LOCK:
                return server(request.with_operations([{"op": "replace", "path": "members", "value": new}]))
    return server(request)


def group_user_groups_attribute_stale(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users/*") or not reply.ok:
        return reply
    groups = server.memory[request.path] = reply.json.get("groups") or server.memory.get(request.path)
    return reply.with_json({**reply.json, "groups": groups}) if groups else reply


def user_groups_written_through(request: Request, server: Server) -> Reply:
    reply = server(request)
    for group in body_of(request, path="/Users*").get("groups") or () if reply.ok else ():
        _patch(server, request, group["value"], "add", "members", [{"value": reply.json["id"]}])
    return reply


def put_of_a_user_takes_it_out_of_its_groups(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*"):
        user: Any = server.get(request.path, request) or {}
        for group in user.get("groups") or ():
            path = f'members[value eq "{user["id"]}"]'
            _patch(server, request, group["value"], "remove", path)
    return server(request)


def put_of_a_group_adds_members(request: Request, server: Server) -> Reply:
    held: Any = server.get(request.path, request) if request.is_("PUT", "/Groups/*") else None
    before = [{"value": item["value"]} for item in (held or {}).get("members") or ()]

    def joined(body: Resource) -> Resource:
        named = [item["value"] for item in body.get("members") or ()]
        more = [item for item in before if item["value"] not in named]
        return {**body, "members": [*(body.get("members") or ()), *more]}

    return sent(request, server, joined, "PUT", "/Groups/*")


def put_groups_attribute_changes_membership(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if _replaces(request, "/Users/*") and "groups" in request.json else None
    wanted = {group.get("value") for group in request.json.get("groups") or ()} if held else set()
    for group in (held or {}).get("groups") or ():
        if group["value"] not in wanted and held:
            path = f"/Groups/{group['value']}"
            body = server.get(path, request)
            left = [item for item in body.get("members", []) if item["value"] != held["id"]]
            server.send("PUT", path, {**body, "members": left}, request)
    return server(request)


def put_group_immutable_members(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if _replaces(request, "/Groups/*") else None
    ids = [sorted(item["value"] for item in place.get("members") or []) for place in (held or {}, request.json or {})]
    return (
        Reply.error(400, "mutability", "members.value is immutable") if held and ids[0] != ids[1] else server(request)
    )


def client_put_groups_leaves_them(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*") and isinstance(request.json, dict) and request.json.get("groups") == []:
        who = request.path.rpartition("/")[2]
        for group in (server.get(request.path, request) or {}).get("groups") or ():
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
            operation = {"op": "remove", "path": f'members[value eq "{who}"]'}
            server.send("PATCH", f"/Groups/{group['value']}", {**body, "Operations": [operation]}, request)
    return server(request)


def reactivate_restores_flag_only(request: Request, server: Server) -> Reply:
    if any(o.get("path") == "active" and str(o.get("value")).lower() == "false" for o in request.operations):
        who = request.path.rpartition("/")[2]
        for group in (server.get(request.path, request) or {}).get("groups") or ():
            _patch(server, request, group["value"], "remove", f'members[value eq "{who}"]')
    return server(request)


def nested_group_is_500(request: Request, server: Server) -> Reply:
    members = body_of(request, "POST", "/Groups").get("members") or ()
    nested = any(server.get(f"/Groups/{item.get('value')}", request) for item in members)
    return Reply.error(500) if nested else server(request)


def member_without_value_is_500(request: Request, server: Server) -> Reply:
    members = body_of(request, "POST", "/Groups").get("members") or ()
    return Reply.error(500) if any("value" not in item for item in members) else server(request)


def unknown_member_dropped(request: Request, server: Server) -> Reply:
    def known(body: Resource) -> Resource:
        members = [m for m in body.get("members") or () if server.get(f"/Users/{m.get('value')}", request)]
        return {**body, "members": members}

    return sent(request, server, known, "POST", "/Groups")


def unknown_member_is_500(request: Request, server: Server) -> Reply:
    values = [m.get("value") for m in body_of(request, "POST", "/Groups").get("members") or ()]
    return Reply.error(500) if any(not server.get(f"/Users/{v}", request) for v in values) else server(request)


def error_detail_blames_wrong_value(request: Request, server: Server) -> Reply:
    named = [item.get("value") for o in request.operations for item in o.get("value") or () if isinstance(item, dict)]
    if request.is_("PATCH", "/Groups/*") and any(server.get(f"/Users/{id_}", request) is None for id_ in named):
        return Reply.error(400, "invalidValue", f"unknown members: {', '.join(map(str, named))}")
    return server(request)
