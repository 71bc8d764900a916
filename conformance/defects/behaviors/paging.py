"""Defects of index-based paging and of sorting: counts, positions, and order."""

from __future__ import annotations

import time
from typing import Any

from conformance.defects.lists import is_list, is_listing, resources_of, with_members, with_resources
from conformance.defects.wire import Reply, Request, Server

LISTS = ("/ResourceTypes", "/Schemas")
SLOW_S = 0.7


def _number(request: Request, name: str, default: int) -> int:
    text = request.parameters.get(name, "")
    return int(text) if text.lstrip("-").isdigit() else default


def _reordered(reply: Reply, resources: list[dict[str, Any]]) -> Reply:
    return reply.with_json({**reply.json, "Resources": resources})


def _sorts(request: Request, *by: str) -> bool:
    held = request.parameters.get("sortBy")
    return is_list(request) and held is not None and (not by or held in by)


def _without(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortBy=None, sortOrder=None))


def page_silently_capped(request: Request, server: Server) -> Reply:
    reply = server(request)
    return (
        with_resources(reply, resources_of(reply)[:10]) if is_list(request) and len(resources_of(reply)) > 10 else reply
    )


def page_startindex_zero_based(request: Request, server: Server) -> Reply:
    start = _number(request, "startIndex", 0)
    if not is_list(request) or start < 1:
        return server(request)
    return with_members(server(request.with_parameters(startIndex=start + 1)), startIndex=start)


def page_itemsperpage_echoes_count(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = is_list(request) and "count" in request.parameters
    return with_members(reply, itemsPerPage=_number(request, "count", 0)) if asked else reply


def page_join_fanout_duplicates(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_list(request, "/Users") or not is_listing(reply):
        return reply
    return with_resources(reply, [user for user in resources_of(reply) for _ in user.get("emails") or [None]])


def page_order_unstable(request: Request, server: Server) -> Reply:
    if not is_list(request, "/Users") or "startIndex" not in request.parameters or "sortBy" in request.parameters:
        return server(request)
    server.memory["turn"] = server.memory.get("turn", 0) + 1
    order = "descending" if server.memory["turn"] % 2 else "ascending"
    return server(request.with_parameters(sortBy="userName", sortOrder=order))


def list_with_schemas_of_its_elements(request: Request, server: Server) -> Reply:
    reply = server(request)
    held = [urn for item in resources_of(reply)[:1] for urn in item.get("schemas", ())]
    return with_members(reply, schemas=[*reply.json["schemas"], *held]) if is_listing(reply) else reply


def discovery_is_paged(request: Request, server: Server) -> Reply:
    reply, count = server(request), request.parameters.get("count")
    if count and request.method == "GET" and request.path in LISTS and reply.ok:
        return reply.with_json({**reply.json, "Resources": reply.json["Resources"][: int(count)]})
    return reply


def ratelimit_shares_public_bucket(request: Request, server: Server) -> Reply:
    server.memory["in a row"] = server.memory.get("in a row", 0) + 1 if request.query == "count=1" else 0
    if server.memory["in a row"] > 10:
        return Reply(429, {"content-type": "text/html"}, b"<h1>Slow down</h1>")
    return server(request)


def okta_list_of_groups_is_slow(request: Request, server: Server) -> Reply:
    if request.is_("GET", "/Groups"):
        time.sleep(SLOW_S)
    return server(request)


def counts_written_as_floats(request: Request, server: Server) -> Reply:
    reply = server(request)
    body = reply.json
    if request.method != "GET" or not isinstance(body, dict) or "totalResults" not in body:
        return reply
    return reply.with_json({**body, "totalResults": float(body["totalResults"])})


def sort_capitals_first(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "userName"):
        return reply
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user["userName"])))


def sort_takes_the_first_value_not_the_primary(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "emails.value"):
        return reply
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user["emails"][0]["value"])))


def sort_puts_missing_values_first(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not _sorts(request, "title"):
        return reply
    ascending = request.parameters.get("sortOrder") != "descending"
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: ("title" in user) is ascending))


def sort_within_the_page_only(request: Request, server: Server) -> Reply:
    if not _sorts(request, "title"):
        return server(request)
    reply = _without(request, server)
    return _reordered(reply, sorted(resources_of(reply), key=lambda user: str(user.get("title"))))
