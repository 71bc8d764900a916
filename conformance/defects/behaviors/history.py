"""Defects that require a history of users: repeated changes, inactive users, renames, and reused names."""

from __future__ import annotations

from typing import Any

from conformance.defects.lists import is_list, kept, resources_of
from conformance.defects.resources import UNSET, before, new_value, patched
from conformance.defects.wire import Reply, Request, Server


def same_deactivation_again_is_404(request: Request, server: Server) -> Reply:
    again = new_value(request, "active") is False and before(request, server).get("active") is False
    return Reply.error(404) if again else server(request)


def same_external_id_again_is_409(request: Request, server: Server) -> Reply:
    value = new_value(request, "externalId") if request.method == "PATCH" else UNSET
    again = value is not UNSET and before(request, server).get("externalId") == value
    return Reply.error(409, "uniqueness", "externalId already exists") if again else server(request)


def inactive_user_cannot_be_changed(request: Request, server: Server) -> Reply:
    inactive = before(request, server).get("active") is False and new_value(request, "active") is not True
    return Reply.error(500, None, "no such active account") if inactive else server(request)


def change_reactivates_a_user(request: Request, server: Server) -> Reply:
    inactive = before(request, server).get("active") is False and new_value(request, "active") in (UNSET, False)
    others = [o for o in request.operations if str(o.get("path")).lower() != "active"]
    reply = server(request)
    if inactive and reply.ok and (others or request.method == "PUT"):
        operation = {"op": "replace", "path": "active", "value": True}
        patched(server, request, request.path, operation)
        return server(Request("GET", request.path, "", request.headers))
    return reply


def reactivation_is_an_invalid_patch(request: Request, server: Server) -> Reply:
    returns = new_value(request, "active") is True and before(request, server).get("active") is False
    return Reply.error(400, "invalidValue", "Invalid SCIM patch request") if returns else server(request)


def reactivation_makes_another_user(request: Request, server: Server) -> Reply:
    held = before(request, server)
    reply = server(request)
    if held.get("active") is False and new_value(request, "active") is True and reply.ok:
        server.send("DELETE", request.path, None, request)
        body = {name: value for name, value in held.items() if name not in ("id", "meta", "groups", "active")}
        server.send("POST", "/Users", body, request)
    return reply


def _cached(request: Request, server: Server, name: str) -> Reply:
    """Serve lookups by this attribute from a cache that only deletions invalidate."""
    if request.method == "DELETE":
        server.memory.clear()
    if not is_list(request) or not request.filter.startswith(f"{name} eq"):
        return server(request)
    place = request.path, request.filter
    reply = server(request)
    if place not in server.memory and resources_of(reply):
        server.memory[place] = reply
    cached: Reply = server.memory.get(place, reply)
    return cached


def lookup_by_user_name_is_cached(request: Request, server: Server) -> Reply:
    return _cached(request, server, "userName")


def lookup_by_external_id_is_cached(request: Request, server: Server) -> Reply:
    return _cached(request, server, "externalId")


def lookup_by_group_name_is_cached(request: Request, server: Server) -> Reply:
    return _cached(request, server, "displayName")


def lookup_by_new_external_id_finds_nothing(request: Request, server: Server) -> Reply:
    value = new_value(request, "externalId")
    if value is not UNSET:
        server.memory[value] = True
    reply = server(request)
    asked = is_list(request) and request.filter.startswith("externalId eq")
    return kept(reply, lambda one: one.get("externalId") not in server.memory) if asked else reply


def freed_name_stays_taken(request: Request, server: Server) -> Reply:
    name = request.json.get("userName") if request.is_("POST", "/Users") and isinstance(request.json, dict) else None
    if name in server.memory:
        return Reply.error(409, "uniqueness", "userName already exists")
    old = before(request, server).get("userName")
    reply = server(request)
    if old and reply.ok and new_value(request, "userName") not in (UNSET, old):
        server.memory[old] = True
    return reply


def letter_case_conflicts_with_itself(request: Request, server: Server) -> Reply:
    old, new = before(request, server).get("userName"), new_value(request, "userName")
    same = isinstance(new, str) and isinstance(old, str) and new != old and new.lower() == old.lower()
    return Reply.error(409, "uniqueness", "userName already exists") if same else server(request)


def letter_case_change_is_ignored(request: Request, server: Server) -> Reply:
    old, new = before(request, server).get("userName"), new_value(request, "userName")
    if isinstance(new, str) and isinstance(old, str) and new != old and new.lower() == old.lower():
        return server(Request("GET", request.path, "", request.headers))
    return server(request)


def change_goes_to_everyone_of_that_name(request: Request, server: Server) -> Reply:
    held = before(request, server)
    reply = server(request)
    if held.get("displayName") and new_value(request, "active") is False and reply.ok:
        everyone = server(
            Request("GET", "/Users", f'filter=displayName%20eq%20"{held["displayName"]}"', request.headers)
        )
        operation = {"op": "replace", "path": "active", "value": False}
        for user in resources_of(everyone):
            patched(server, request, f"/Users/{user['id']}", operation)
    return reply


# ── after a deletion ──


def _buried(request: Request, server: Server) -> None:
    """Remember each deleted resource by its name."""
    held = server.get(request.path, request) if request.is_("DELETE", "/*/*") else None
    if isinstance(held, dict):
        server.memory[held.get("userName") or held.get("displayName")] = held


def _again(request: Request, server: Server) -> dict[str, Any]:
    """The deleted resource whose name a create request uses."""
    body = request.json if request.is_("POST", "/Users|/Groups") else None
    name = (body.get("userName") or body.get("displayName")) if isinstance(body, dict) else None
    return dict(server.memory.get(name) or {})


def recreated_user_has_the_old_values(request: Request, server: Server) -> Reply:
    _buried(request, server)
    old = _again(request, server) if request.path == "/Users" else {}
    revived = {name: old[name] for name in ("title", "displayName", "externalId") if name in old}
    return server(request.with_json({**revived, **request.json}) if revived else request)


def recreated_user_is_inactive(request: Request, server: Server) -> Reply:
    _buried(request, server)
    old = _again(request, server)
    return server(request.with_json({**request.json, "active": False}) if old.get("active") is False else request)


def recreated_user_is_in_the_old_groups(request: Request, server: Server) -> Reply:
    _buried(request, server)
    groups = _again(request, server).get("groups") or ()
    reply = server(request)
    for group in groups if reply.status == 201 else ():
        operation = {"op": "add", "path": "members", "value": [{"value": reply.json["id"]}]}
        patched(server, request, f"/Groups/{group['value']}", operation)
    return reply


def recreated_group_has_the_old_members(request: Request, server: Server) -> Reply:
    _buried(request, server)
    members = _again(request, server).get("members") if request.path == "/Groups" else None
    return server(request.with_json({"members": members, **request.json}) if members else request)


def external_id_of_the_deleted_stays_taken(request: Request, server: Server) -> Reply:
    held = server.get(request.path, request) if request.is_("DELETE", "/Users/*") else None
    if isinstance(held, dict) and held.get("externalId"):
        server.memory[held["externalId"]] = True
    body = request.json if request.is_("POST", "/Users") else None
    taken = isinstance(body, dict) and body.get("externalId") in server.memory
    return Reply.error(409, "uniqueness", "externalId already exists") if taken else server(request)


def deletion_falls_back_to_the_name(request: Request, server: Server) -> Reply:
    _buried(request, server)
    if request.is_("DELETE", "/Users/*"):
        held = server.get(request.path, request)
        if isinstance(held, dict):
            server.memory[request.path] = held.get("userName")
        elif name := server.memory.get(request.path):
            found = server(Request("GET", "/Users", f'filter=userName%20eq%20"{name}"', request.headers))
            for user in resources_of(found):
                return server(Request("DELETE", f"/Users/{user['id']}", "", request.headers))
    return server(request)


def total_counts_the_deleted(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("DELETE", "/*/*") and reply.ok:
        server.memory["gone"] = server.memory.get("gone", 0) + 1
    paged = is_list(request) and "startIndex" in request.parameters and reply.ok
    return (
        reply.with_json({**reply.json, "totalResults": reply.json["totalResults"] + 1})
        if paged and server.memory
        else reply
    )


def page_after_a_deletion_is_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("DELETE", "/*/*") and reply.ok:
        server.memory["gone"] = True
    beyond = is_list(request) and "gone" in server.memory and reply.ok and "count" in request.parameters
    return Reply.error(500, None, "offset out of range") if beyond and not resources_of(reply) else reply


# ── that show only in combination ──


def reactivation_restores_the_old_name(request: Request, server: Server) -> Reply:
    held, active = before(request, server), new_value(request, "active")
    reply = server(request)
    if reply.ok and held.get("active") is True and active is False:
        server.memory[request.path] = held["userName"]
    if reply.ok and active is True and (name := server.memory.pop(request.path, None)):
        operation = {"op": "replace", "path": "userName", "value": name}
        return patched(server, request, request.path, operation)
    return reply


def second_deactivation_is_ignored(request: Request, server: Server) -> Reply:
    if before(request, server).get("active") is True and new_value(request, "active") is False:
        server.memory[request.path] = server.memory.get(request.path, 0) + 1
        if server.memory[request.path] > 1:
            return server(Request("GET", request.path, "", request.headers))
    return server(request)
