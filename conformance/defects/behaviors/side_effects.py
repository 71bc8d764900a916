"""Defects with side effects: resources for unknown ids, remains of rejected requests, and changes of the wrong user."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from conformance.defects.edits import ENTERPRISE, GROUP, USER
from conformance.defects.lists import resources_of
from conformance.defects.resources import body_of, new_value, patched, without
from conformance.defects.wire import Reply, Request, Server


def _named(request: Request) -> list[str]:
    """The ids of the members in a write of a group."""
    if not request.is_("POST|PUT|PATCH", "/Groups*"):
        return []
    body = request.json
    sent = [body.get("members")] if isinstance(body, dict) else []
    sent += [operation.get("value") for operation in request.operations if operation.get("path") == "members"]
    return [str(one.get("value")) for held in sent if isinstance(held, list) for one in held if isinstance(one, dict)]


def _unknown(request: Request, server: Server) -> list[str]:
    return [id_ for id_ in _named(request) if not any(server.get(f"/{kind}/{id_}", request) for kind in KINDS)]


KINDS = ("Users", "Groups")


def _phantom(request: Request, server: Server, name: str) -> None:
    server.send("POST", "/Users", {"schemas": [USER], "userName": name}, request)


def group_push_creates_users(request: Request, server: Server) -> Reply:
    for id_ in _unknown(request, server):
        _phantom(request, server, id_)
    return server(request)


def removal_of_a_member_creates_a_user(request: Request, server: Server) -> Reply:
    for operation in request.operations if request.is_("PATCH", "/Groups/*") else ():
        path = str(operation.get("path", ""))
        id_ = path.split('"')[1] if "[value eq" in path else ""
        if id_ and str(operation.get("op")).lower() == "remove" and server.get(f"/Users/{id_}", request) is None:
            _phantom(request, server, id_)
    return server(request)


def nested_group_becomes_a_user(request: Request, server: Server) -> Reply:
    for id_ in _named(request):
        if server.get(f"/Groups/{id_}", request):
            _phantom(request, server, id_)
    return server(request)


def unknown_manager_becomes_a_user(request: Request, server: Server) -> Reply:
    extension = body_of(request, "POST|PUT", "/Users*").get(ENTERPRISE)
    manager = extension.get("manager") if isinstance(extension, dict) else None
    id_ = manager.get("value") if isinstance(manager, dict) else None
    if isinstance(id_, str) and server.get(f"/Users/{id_}", request) is None:
        _phantom(request, server, id_)
    return server(request)


def rejected_push_empties_the_group(request: Request, server: Server) -> Reply:
    replaces = request.method == "PUT" or any(str(o.get("op")).lower() == "replace" for o in request.operations)
    if request.is_("PUT|PATCH", "/Groups/*") and replaces and _unknown(request, server):
        patched(server, request, request.path, {"op": "remove", "path": "members"})
        return Reply.error(400, "invalidValue", "unknown member")
    return server(request)


def push_with_an_unknown_member_adds_nobody(request: Request, server: Server) -> Reply:
    if request.is_("PATCH", "/Groups/*") and _unknown(request, server):
        return server(Request("GET", request.path, "", request.headers))
    return server(request)


def failed_create_leaves_an_empty_group(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Groups") and not reply.ok and isinstance(request.json, dict):
        body = {"schemas": [GROUP], "displayName": request.json.get("displayName")}
        server.send("POST", "/Groups", body, request)
    return reply


def failed_create_leaves_the_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and reply.status == 400 and isinstance(request.json, dict):
        server.send("POST", "/Users", {"schemas": [USER], "userName": request.json.get("userName")}, request)
    return reply


def failed_create_leaves_a_nameless_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and not reply.ok:
        server.send("POST", "/Users", {"schemas": [USER], "userName": f"pending-{uuid4()}"}, request)
    return reply


def put_of_an_unknown_id_creates_another(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("PUT", "/Users/*") and reply.status == 404 and isinstance(request.json, dict):
        server.send("POST", "/Users", request.json, request)
    return reply


def rename_leaves_a_second_user(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.is_("PUT|PATCH", "/Users/*") else None
    reply = server(request)
    old = held.get("userName") if isinstance(held, dict) else None
    if old and reply.ok and (server.get(request.path, request) or {}).get("userName") != old:
        _phantom(request, server, old)
    return reply


def _owner(request: Request, server: Server, condition: str) -> dict[str, Any]:
    """The first user that a filter finds."""
    found = server(Request("GET", "/Users", f"filter={condition.replace(' ', '%20')}", request.headers))
    return next(iter(resources_of(found)), {})


def duplicate_create_strips_the_first_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and reply.status == 409:
        owner = _owner(request, server, f'userName eq "{request.json["userName"]}"')
        if owner.get("emails"):
            patched(server, request, f"/Users/{owner['id']}", {"op": "remove", "path": "emails"})
    return reply


def create_adopts_the_user_with_the_address(request: Request, server: Server) -> Reply:
    emails = body_of(request, "POST", "/Users").get("emails")
    value = emails[0].get("value") if isinstance(emails, list) and emails and isinstance(emails[0], dict) else None
    owner = _owner(request, server, f'emails.value eq "{value}"') if isinstance(value, str) else {}
    if not owner:
        return server(request)
    return server.send("PUT", f"/Users/{owner['id']}", without(request.json, "id"), request).with_status(201)


def create_takes_the_external_id_away(request: Request, server: Server) -> Reply:
    value = body_of(request, "POST", "/Users").get("externalId")
    owner = _owner(request, server, f'externalId eq "{value}"') if isinstance(value, str) else {}
    if owner:
        patched(server, request, f"/Users/{owner['id']}", {"op": "remove", "path": "externalId"})
    return server(request)


def rejected_rename_is_half_done(request: Request, server: Server) -> Reply:
    reply = server(request)
    name = new_value(request, "displayName") if request.is_("PUT|PATCH", "/Users/*") else None
    if reply.status == 409 and isinstance(name, str):
        patched(server, request, request.path, {"op": "replace", "path": "displayName", "value": name})
    return reply


def rejected_rename_joins_two_users(request: Request, server: Server) -> Reply:
    reply = server(request)
    name = new_value(request, "userName") if request.is_("PUT|PATCH", "/Users/*") else None
    if reply.status == 409 and isinstance(name, str):
        server.memory[name] = request.path
    for name, path in server.memory.items() if request.is_("GET", "/Users") else ():
        if f'userName eq "{name}"' in request.filter and (held := server.get(path, request)):
            return reply.with_json({**reply.json, "Resources": [held]})
    return reply
