"""Defects of filters: comparisons with the wrong case or type, and results that do not match the filter."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

from conformance.defects.edits import USER
from conformance.defects.lists import asks, is_list, kept, resources_of, with_filter, with_resources
from conformance.defects.resources import body_of
from conformance.defects.wire import Reply, Request, Server

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _extra_user() -> dict[str, Any]:
    """A user to create, so that the list is not empty."""
    return {"schemas": [USER], "userName": "scimulator-check-selftest-extra@check.example"}


def filter_username_case_sensitive(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = re.fullmatch(r'userName eq "(.*)"', request.filter)
    return kept(reply, lambda user: user["userName"] == asked[1]) if asked and is_list(request, "/Users") else reply


def interop_filter_compares_user_names_with_case(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request, "/Users") and request.filter.startswith("userName eq "):
        return kept(reply, lambda user: str(user.get("userName")) in request.filter)
    return reply


def client_look_up_compares_case(request: Request, server: Server) -> Reply:
    found = re.search(r'userName eq "(.*)"', request.filter)
    reply = server(request)
    exact = [r for r in (reply.json or {}).get("Resources", []) if found and r.get("userName") == found[1]]
    return (
        reply.with_json({**reply.json, "totalResults": len(exact), "Resources": exact}) if found and reply.ok else reply
    )


def filter_case_exact_ignored(request: Request, server: Server) -> Reply:
    asked = re.fullmatch(r'(externalId|id) eq "(.*)"', request.filter)
    if asked is None or not is_list(request):
        return server(request)
    return server(with_filter(request, f'{asked[0]} or {asked[1]} eq "{asked[2].swapcase()}"'))


def filter_on_id_ignores_case(request: Request, server: Server) -> Reply:
    if asks(request, "id eq") and request.filter.startswith("id eq"):
        return server(request.with_parameters(filter=request.filter.lower()))
    return server(request)


def filter_on_external_id_ignores_case(request: Request, server: Server) -> Reply:
    if own := body_of(request, "POST").get("externalId"):
        server.memory[own.lower()] = own
    if asks(request, "externalId eq"):
        asked = request.filter.partition('"')[2].rstrip('"')
        return server(request.with_parameters(filter=f'externalId eq "{server.memory.get(asked.lower(), asked)}"'))
    return server(request)


def filter_on_a_reference_ignores_case(request: Request, server: Server) -> Reply:
    if asks(request, "profileUrl"):
        wanted = request.filter.partition('"')[2].rstrip('"').lower()
        everybody = server(request.with_parameters(filter="profileUrl pr"))
        return kept(everybody, lambda item: str(item.get("profileUrl")).lower() == wanted)
    return server(request)


def filter_operator_case_sensitive(request: Request, server: Server) -> Reply:
    bare = QUOTED.sub('""', request.filter)
    other = [w for w in re.findall(r"\b(?:eq|co|sw|pr|and|or|not)\b", bare, re.IGNORECASE) if w != w.lower()]
    return Reply.error(400, "invalidFilter") if is_list(request) and other else server(request)


def filter_active_disagrees_with_resource(request: Request, server: Server) -> Reply:
    if request.is_("PUT", "/Users/*"):
        server.memory[request.path.rpartition("/")[2]] = True
    reply = server(request)
    return kept(reply, lambda user: user["id"] not in server.memory) if asks(request, "active eq false") else reply


def filter_moments_compared_as_text(request: Request, server: Server) -> Reply:
    asked = re.search(r' and meta\.(\w+) (gt|ge|lt|le) "([^"]*)"', request.filter)
    if asked is None or not is_list(request):
        return server(request)
    reply = server(with_filter(request, request.filter[: asked.start()]))
    later = asked[2] in ("gt", "ge")
    return kept(reply, lambda user: (user["meta"][asked[1]] >= asked[3]) is later)


def filter_looks_at_the_first_value(request: Request, server: Server) -> Reply:
    reply = server(request)
    asked = re.search(r'emails\.value eq "([^"]*)"', request.filter)
    if asked is None or not is_list(request):
        return reply
    return kept(reply, lambda user: bool(user.get("emails")) and user["emails"][0]["value"] == asked[1])


def filter_user_name_also_finds_ids(request: Request, server: Server) -> Reply:
    asked = re.fullmatch(r'userName eq "([^"@/]+)"', request.filter)
    user = server.get(f"/Users/{asked[1]}", request) if asked and request.is_("GET", "/Users") else None
    reply = server(request)
    return with_resources(reply, [user]) if user else reply


def group_filter_ignored(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Groups") or not request.filter or not reply.ok:
        return reply
    everybody = server(request.with_parameters(filter=None))
    stranger = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "another", "displayName": "Another"}
    listed = [*everybody.json["Resources"], stranger]
    return everybody.with_json({**everybody.json, "totalResults": len(listed), "Resources": listed})


def interop_filter_by_id_ignored(request: Request, server: Server) -> Reply:
    if is_list(request, "/Users") and request.filter.startswith("id eq"):
        server.send("POST", "/Users", _extra_user(), request)  # otherwise the list is empty
        return server(with_filter(request, None))
    return server(request)


def interop_filter_chooses_whom_to_delete(request: Request, server: Server) -> Reply:
    if request.is_("DELETE|PATCH", "/Users") and request.filter:
        for user in resources_of(server(Request("GET", "/Users", request.query, request.headers))):
            server(Request(request.method, f"/Users/{user['id']}", "", request.headers, request.body))
        return Reply.of(204)
    return server(request)


def query_decoded_twice(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=unquote_plus(request.filter)) if request.filter else request)


def query_with_an_unknown_name_refused(request: Request, server: Server) -> Reply:
    known = {"filter", "count", "startindex", "attributes", "excludedattributes", "sortby", "sortorder", "cursor"}
    unknown = [name for name in request.parameters if name.lower() not in known]
    return Reply.error(400, "invalidValue", f"unknown parameter {unknown[0]}") if unknown else server(request)
