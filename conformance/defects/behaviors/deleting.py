"""Defects of deletion and reactivation: resources that are not removed, return, or keep their names and ids."""

from __future__ import annotations

from typing import Any

from conformance.defects.lists import is_list, resources_of, with_resources
from conformance.defects.resources import with_values
from conformance.defects.wire import Reply, Request, Server

SINGLE = "/Users/*"


def _remembered(request: Request, server: Server) -> Reply:
    """The response to the request. The defect remembers each deleted resource by its path."""
    held = server.get(request.path, request) if request.is_("DELETE", "/*/*") else None
    reply = server(request)
    if held and reply.status == 204:
        server.memory[request.path] = held
    return reply


def delete_not_404_afterwards(request: Request, server: Server) -> Reply:
    reply = _remembered(request, server)
    if request.method == "GET" and request.path in server.memory:
        return Reply.of(200, server.memory[request.path])
    return reply


def delete_still_in_queries(request: Request, server: Server) -> Reply:
    reply = _remembered(request, server)
    if not request.is_("GET", "/Users") or not reply.ok:
        return reply
    found = [held for held in server.memory.values() if not request.filter or held["id"] in request.filter]
    found += [held for held in server.memory.values() if request.filter and held.get("userName", "?") in request.filter]
    body = reply.json
    resources = [*found, *(body.get("Resources") or [])]
    return reply.with_json({**body, "Resources": resources, "totalResults": body["totalResults"] + len(found)})


def delete_last_admin_or_owner_200(request: Request, server: Server) -> Reply:
    if not request.is_("DELETE", "/*/*"):
        return server(request)
    first = request.path not in server.memory  # the suite cleans up with a second one
    server.memory[request.path] = True
    return Reply(204) if first and server.get(request.path, request) is not None else server(request)


def reactivate_by_post_409(request: Request, server: Server) -> Reply:
    names = {held.get("userName") for held in server.memory.values()}
    if request.is_("POST", "/Users") and (request.json or {}).get("userName") in names:
        return Reply.error(409, "uniqueness")
    return _remembered(request, server)


def interop_deletion_is_a_deactivation(request: Request, server: Server) -> Reply:
    if not request.is_("DELETE", SINGLE):
        return server(request)
    operation = {"op": "replace", "path": "active", "value": False}
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    reply = server.send("PATCH", request.path, {"schemas": [urn], "Operations": [operation]}, request)
    return Reply.of(204) if reply.ok else reply


def interop_deleted_user_still_listed(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", SINGLE):
        server.memory[request.path] = server.get(request.path, request)
    reply = server(request)
    gone = [user for user in server.memory.values() if user and f'"{user["userName"]}"' in request.filter]
    return with_resources(reply, [*resources_of(reply), *gone]) if is_list(request, "/Users") and gone else reply


def interop_name_of_the_deleted_is_kept(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", SINGLE):
        user = server.get(request.path, request) or {}
        server.memory[user.get("userName")] = True
    taken = request.is_("POST", "/Users") and isinstance(request.json, dict)
    if taken and request.json.get("userName") in server.memory:
        return Reply.error(409, "uniqueness")
    return server(request)


def id_given_again(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        server.memory["gone"] = request.path.rpartition("/")[2]
    gone = server.memory.get("gone")
    return with_values(request, server, method="POST", id=lambda _: gone) if gone else server(request)


def group_delete_takes_its_members(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Groups/*"):
        for item in (server.get(request.path, request) or {}).get("members") or ():
            server.send("DELETE", f"/Users/{item['value']}", None, request)
    return server(request)


def group_deleted_member_remains(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        user: Any = server.get(request.path, request) or {}
        for group in user.get("groups") or ():
            server.memory.setdefault(f"/Groups/{group['value']}", []).append({"value": user["id"]})
    gone = server.memory.get(request.path, []) if request.method == "GET" else []
    return with_values(request, server, members=lambda held: [*held, *gone]) if gone else server(request)
