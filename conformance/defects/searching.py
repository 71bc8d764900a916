"""Defects of queries by POST to .search (RFC 7644 3.4.3)."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_search, kept, told, with_resources
from conformance.defects.wire import Reply, Request, Server


def _without(request: Request, *names: str) -> Request:
    """The same search with parts of its body taken away."""
    body: dict[str, Any] = request.json if isinstance(request.json, dict) else {}
    return request.with_json({name: value for name, value in body.items() if name not in names})


@defect(
    "search-creates",
    source="RFC7644-3.4.3-02",
    breaks="POST /Users/.search is taken for POST /Users",
    killed_by="test_search_by_post_creates_nothing",
)
def search_creates(request: Request, server: Server) -> Reply:
    if not is_search(request) or "userName" not in request.json:
        return server(request)
    body = {**request.json, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}
    return server.send("POST", "/Users", body, request)


@defect(
    "search-finds-nobody",
    source="RFC7644-3.4.3-10",
    breaks="POST .search is always an empty list",
    killed_by="test_search_by_post_answers_like_a_query test_search_without_its_schema_is_refused",
)
def search_finds_nobody(request: Request, server: Server) -> Reply:
    reply = server(request)
    return with_resources(reply, []) if is_search(request) else reply


@defect(
    "search-answers-in-its-own-schema",
    source="RFC7644-3.4.3-10",
    breaks="the answer to a search carries the SearchRequest schema",
    killed_by="test_search_by_post_answers_like_a_query",
)
def search_answers_in_its_own_schema(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, schemas=request.json["schemas"]) if is_search(request) and reply.ok else reply


@defect(
    "search-without-schema-taken",
    source="RFC7644-3.4.3-04",
    breaks="a body without the SearchRequest schema is searched by",
    killed_by="test_search_without_its_schema_is_refused",
    verdict="WARN",
)
def search_without_schema_taken(request: Request, server: Server) -> Reply:
    urn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
    return server(request.with_json({**request.json, "schemas": [urn]}) if is_search(request) else request)


@defect(
    "search-not-projected",
    source="RFC7644-3.4.3-05",
    breaks="attributes and excludedAttributes of a search are ignored",
    killed_by="test_search_projects",
)
def search_not_projected(request: Request, server: Server) -> Reply:
    return server(_without(request, "attributes", "excludedAttributes") if is_search(request) else request)


@defect(
    "search-excludes-id",
    source="RFC7644-3.4.3-06",
    breaks="excludedAttributes of a search takes the id away",
    killed_by="test_search_projects",
)
def search_excludes_id(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_search(request) or "id" not in request.json.get("excludedAttributes", ()):
        return reply
    return reply.each_resource(lambda item: {name: value for name, value in item.items() if name != "id"})


@defect(
    "search-broken-filter-skipped",
    source="RFC7644-3.4.3-07",
    breaks="a filter of a search that cannot be parsed is skipped: everybody is listed",
    killed_by="test_search_with_a_broken_filter_is_refused",
)
def search_broken_filter_skipped(request: Request, server: Server) -> Reply:
    reply = server(request)
    return server(_without(request, "filter")) if is_search(request) and reply.status == 400 else reply


@defect(
    "search-not-sorted",
    source="RFC7644-3.4.3-08",
    breaks="sortBy of a search is ignored",
    killed_by="test_search_sorts",
)
def search_not_sorted(request: Request, server: Server) -> Reply:
    return server(_without(request, "sortBy", "sortOrder") if is_search(request) else request)


@defect(
    "search-not-paged",
    source="RFC7644-3.4.3-09",
    breaks="startIndex and count of a search are ignored",
    killed_by="test_search_pages",
)
def search_not_paged(request: Request, server: Server) -> Reply:
    return server(_without(request, "startIndex", "count") if is_search(request) else request)


@defect(
    "search-at-the-root-covers-users-only",
    source="RFC7644-3.4.3-11",
    breaks="POST /.search looks at users alone",
    killed_by="test_root_search_covers_all_types",
)
def search_at_the_root_covers_users_only(request: Request, server: Server) -> Reply:
    reply = server(request)
    return kept(reply, lambda item: "userName" in item) if request.is_("POST", "/.search") else reply


@defect(
    "search-by-cursor-begins-again",
    source="RFC9865-3-01",
    breaks="cursor in the body of a search is ignored",
    killed_by="test_search_by_post_takes_cursors",
)
def search_by_cursor_begins_again(request: Request, server: Server) -> Reply:
    cursor = is_search(request) and request.json.get("cursor") is not None
    return server(request.with_json({**request.json, "cursor": ""}) if cursor else request)
