"""Defects of size: requests that work with ten users and groups but not with a hundred or a thousand."""

from __future__ import annotations

import re
from typing import Any

from conformance.defects.lists import asks, is_list, kept, resources_of, with_filter, with_members, with_resources
from conformance.defects.patch_operations import is_
from conformance.defects.wire import Reply, Request, Server

ONE_MEMBER = re.compile(r'members\[value eq "(.*)"\]')


def _members(resource: Any) -> list[str]:
    held = resource.get("members") if isinstance(resource, dict) else None
    return [str(item.get("value")) for item in held or () if isinstance(item, dict)]


def _of_a_group(request: Request, server: Server, method: str = "PATCH") -> list[str]:
    """The members of the group before the change."""
    return _members(server.get(request.path, request)) if request.is_(method, "/Groups/*") else []


def _removed(operation: dict[str, Any]) -> str:
    """The member that the operation removes with a value filter, if it removes exactly one."""
    found = ONE_MEMBER.fullmatch(str(operation.get("path"))) if is_(operation, "remove", "members[") else None
    return found[1] if found else ""


def _ends_at(most: int, request: Request, server: Server, path: str) -> Reply:
    """Return lists as if there were no more than `most` resources of this type."""
    if not is_list(request, path):
        return server(request)
    start = max(1, int(request.parameters.get("startIndex", "1")))
    room = max(0, most - start + 1)
    count = request.parameters.get("count")
    reply = server(request if count is not None and int(count) <= room else request.with_parameters(count=room))
    if not reply.ok:
        return reply
    return with_members(reply, totalResults=min(most, reply.json["totalResults"]))


def group_list_fails_with_a_large_group(request: Request, server: Server) -> Reply:
    reply = server(request)
    large = is_list(request, "/Groups") and any(len(_members(group)) > 1_000 for group in resources_of(reply))
    return Reply.error(500) if large else reply


def group_patch_drops_members_beyond_a_hundred(request: Request, server: Server) -> Reply:
    lost = [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in _of_a_group(request, server)[100:]]
    return server(request.with_operations([*lost, *request.operations])) if lost else server(request)


def group_removal_beyond_the_first_hundred_ignored(request: Request, server: Server) -> Reply:
    seen = _of_a_group(request, server)[:100]
    known = [o for o in request.operations if not _removed(o) or _removed(o) in seen]
    if len(known) == len(request.operations):
        return server(request)
    return server(request.with_operations(known)) if known else Reply(204)


def group_removals_by_index_hit_others(request: Request, server: Server) -> Reply:
    members = _of_a_group(request, server)
    indexes = [members.index(_removed(o)) for o in request.operations if _removed(o) in members]
    if len(indexes) < 2 or len(indexes) < len(request.operations):
        return server(request)
    gone = []
    for index in indexes:  # each removal shifts the positions of the following members
        gone += [members.pop(index)] if index < len(members) else []
    return server(request.with_operations([{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in gone]))


def patch_of_over_a_hundred_members_rejected(request: Request, server: Server) -> Reply:
    changes = sum(
        len(o["value"]) if isinstance(o.get("value"), list) else 1
        for o in request.operations
        if str(o.get("path", "")).startswith("members")
    )
    return Reply.error(400, "invalidValue", "too many members") if changes > 100 else server(request)


def group_replace_of_a_thousand_is_500(request: Request, server: Server) -> Reply:
    many = any(is_(o, "replace", "members") and len(o.get("value") or ()) > 1_000 for o in request.operations)
    return Reply.error(500) if many else server(request)


def users_list_ends_at_a_hundred(request: Request, server: Server) -> Reply:
    return _ends_at(100, request, server, "/Users")


def users_list_ends_at_a_thousand(request: Request, server: Server) -> Reply:
    return _ends_at(1_000, request, server, "/Users")


def groups_list_ends_at_a_hundred(request: Request, server: Server) -> Reply:
    return _ends_at(100, request, server, "/Groups")


def lookup_limited_to_first_thousand(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not asks(request, "userName eq"):
        return reply
    scanned = {user["id"] for user in resources_of(server(with_filter(request, None).with_parameters(count=1_000)))}
    return kept(reply, lambda user: user["id"] in scanned)


def group_lookup_limited_to_first_hundred(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_list(request, "/Groups") or "displayName eq" not in request.filter:
        return reply
    first = Request("GET", "/Groups", "count=100&attributes=id", request.headers)
    scanned = {group["id"] for group in resources_of(server(first))}
    return kept(reply, lambda group: group["id"] in scanned)


def filter_on_members_looks_at_the_first_hundred(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = re.search(r'members\.value eq "([^"]*)"', request.filter)
    if asked is None or not is_list(request, "/Groups"):
        return reply
    return kept(reply, lambda group: asked[1] in _members(group)[:100])


def page_behind_the_maximum_is_empty(request: Request, server: Server) -> Reply:
    reply = server(request)
    deep = is_list(request) and int(request.parameters.get("startIndex", "1")) > 1_000
    return with_members(reply, Resources=[], itemsPerPage=0) if deep else reply


def page_over_the_maximum_is_the_total(request: Request, server: Server) -> Reply:
    reply = server(request)
    large = is_list(request) and int(request.parameters.get("count", "0")) > 1_000
    return with_resources(reply, resources_of(reply)) if large else reply


def sort_ignored_when_there_are_many(request: Request, server: Server) -> Reply:
    reply = server(request)
    many = is_list(request) and reply.ok and reply.json.get("totalResults", 0) > 1_000
    return server(request.with_parameters(sortBy=None, sortOrder=None)) if many else reply


def create_fails_beyond_five_hundred_users(request: Request, server: Server) -> Reply:
    creates = request.is_("POST", "/Users")
    if not creates and not request.is_("POST", "/Bulk"):
        return server(request)
    held = server(Request("GET", "/Users", "count=0", request.headers)).json["totalResults"]
    new = 1 if creates else len((request.json or {}).get("Operations") or ())
    return Reply.error(500, detail="the pool is exhausted") if held + new > 500 else server(request)


def _is_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_long(one) for one in value.values())
    return isinstance(value, str) and len(value) > 255
