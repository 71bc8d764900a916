"""Defects of pages by cursor (RFC 9865 sections 2 to 3)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import by_cursor, cursor_of, is_list, is_listing, resources_of, told, with_resources
from conformance.defects.wire import Reply, Request, Server


@defect(
    "cursor-skips-one",
    source="RFC9865-2-09",
    breaks="each page but the first lacks its first resource",
    killed_by="test_walk_by_cursor_finds_each_once",
)
def cursor_skips_one(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not cursor_of(request) or not is_listing(reply):
        return reply
    return reply.with_json({**reply.json, "Resources": resources_of(reply)[1:]})


@defect(
    "cursor-ends-early",
    source="RFC9865-2-08",
    breaks="the second page has no nextCursor, whatever comes behind it",
    killed_by="test_page_before_the_last_has_a_next_cursor test_walk_by_cursor_finds_each_once test_cursor_pages_are_sorted",
)
def cursor_ends_early(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, nextCursor=None) if cursor_of(request) else reply


@defect(
    "cursor-begins-again",
    source="RFC9865-2-10",
    breaks="a cursor is taken for the first page",
    killed_by="test_page_before_the_last_has_a_next_cursor test_walk_by_cursor_finds_each_once test_forged_cursor_is_refused",
)
def cursor_begins_again(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(cursor="") if by_cursor(request) else request)


@defect(
    "cursor-null-on-the-last-page",
    source="RFC9865-2-09",
    breaks="the last page has nextCursor null",
    killed_by="test_last_page_has_no_next_cursor test_walk_by_cursor_finds_each_once",
)
def cursor_null_on_the_last_page(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not by_cursor(request) or not is_listing(reply):
        return reply
    return reply.with_json({"nextCursor": None, **reply.json})


@defect(
    "cursor-behind-the-last-page",
    source="RFC9865-2-09",
    breaks="the last page has a cursor, which leads to an empty page",
    killed_by="test_last_page_has_no_next_cursor",
)
def cursor_behind_the_last_page(request: Request, server: Server) -> Reply:
    if cursor_of(request) == "end":
        return with_resources(server(request.with_parameters(cursor="")), [])
    reply = server(request)
    last = by_cursor(request) and is_listing(reply) and "nextCursor" not in reply.json
    return told(reply, nextCursor="end") if last else reply


@defect(
    "cursor-page-larger-than-count",
    source="RFC9865-2-05",
    breaks="a page by cursor holds one resource more than count",
    killed_by="test_walk_by_cursor_finds_each_once",
)
def cursor_page_larger_than_count(request: Request, server: Server) -> Reply:
    count = request.parameters.get("count", "")
    return server(request.with_parameters(count=int(count) + 1) if by_cursor(request) and count.isdigit() else request)


@defect(
    "cursor-empty-refused",
    source="RFC9865-2-01",
    breaks="?cursor without an equals sign is refused",
    killed_by="test_empty_cursor_asks_for_the_first_page",
)
def cursor_empty_refused(request: Request, server: Server) -> Reply:
    bare = "cursor" in request.query.split("&")
    return Reply.error(400, "invalidCursor") if bare else server(request)


@defect(
    "cursor-before-the-first-page",
    source="RFC9865-2-12",
    breaks="the first page has a previousCursor",
    killed_by="test_empty_cursor_asks_for_the_first_page",
)
def cursor_before_the_first_page(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, previousCursor="before") if by_cursor(request) and not cursor_of(request) else reply


@defect(
    "cursor-previous-leads-elsewhere",
    source="RFC9865-2-11",
    breaks="previousCursor leads to the page that one is on",
    killed_by="test_previous_cursor_leads_back",
    verdict="WARN",
)
def cursor_previous_leads_elsewhere(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, previousCursor=cursor_of(request)) if cursor_of(request) else reply


@defect(
    "cursor-with-padding",
    source="RFC9865-2-02",
    breaks="cursors are base64 with signs that a URL reserves",
    killed_by="test_cursors_can_stand_in_a_url",
    verdict="WARN",
)
def cursor_with_padding(request: Request, server: Server) -> Reply:
    cursor = cursor_of(request)
    reply = server(request.with_parameters(cursor=cursor.removesuffix("+/=")) if cursor else request)
    return (
        told(reply, nextCursor=reply.json["nextCursor"] + "+/=")
        if is_listing(reply) and "nextCursor" in reply.json
        else reply
    )


@defect(
    "cursor-count-zero-ignored",
    source="RFC9865-2-04",
    breaks="count=0 and count=-1 are taken for no count in pages by cursor",
    killed_by="test_count_zero_by_cursor_counts_only",
)
def cursor_count_zero_ignored(request: Request, server: Server) -> Reply:
    none = by_cursor(request) and request.parameters.get("count") in ("0", "-1")
    return server(request.with_parameters(count=None) if none else request)


@defect(
    "cursor-without-count-refused",
    source="RFC9865-2-07",
    breaks="a first page without count is refused",
    killed_by="test_page_size_is_the_servers_without_count",
)
def cursor_without_count_refused(request: Request, server: Server) -> Reply:
    bare = by_cursor(request) and "count" not in request.parameters
    return Reply.error(400, "invalidCount") if bare else server(request)


@defect(
    "cursor-total-is-page-size",
    source="RFC9865-2-16",
    breaks="totalResults of a page by cursor is what the page holds",
    killed_by="test_cursor_pages_are_list_responses",
)
def cursor_total_is_page_size(request: Request, server: Server) -> Reply:
    reply = server(request)
    return told(reply, totalResults=len(resources_of(reply))) if by_cursor(request) else reply


@defect(
    "cursor-counts-what-was-seen",
    source="class of bug: an offset in the disguise of a cursor",
    breaks="a cursor is an offset: a deletion on the way makes the walk skip somebody",
    killed_by="test_walk_by_cursor_survives_a_deletion",
    verdict="WARN",
)
def cursor_counts_what_was_seen(request: Request, server: Server) -> Reply:
    if not by_cursor(request) or (not cursor_of(request).removeprefix("o").isdigit() and cursor_of(request)):
        return server(request)
    offset, count = int(cursor_of(request).removeprefix("o") or 0), int(request.parameters.get("count", 100))
    reply = server(request.with_parameters(cursor=None, startIndex=offset + 1))
    more = is_listing(reply) and reply.json["totalResults"] > offset + count
    return told(reply, startIndex=None, nextCursor=f"o{offset + count}" if more else None)


@defect(
    "cursor-pages-not-sorted",
    source="RFC9865-2.2-01",
    breaks="sortBy is ignored in pages by cursor",
    killed_by="test_cursor_pages_are_sorted",
)
def cursor_pages_not_sorted(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortBy=None, sortOrder=None) if by_cursor(request) else request)


@defect(
    "cursor-method-changes",
    source="RFC9865-2.4-01",
    breaks="requests without cursor and startIndex are answered now by index, now by cursor",
    killed_by="test_default_method_is_steady",
)
def cursor_method_changes(request: Request, server: Server) -> Reply:
    if not is_list(request) or {"cursor", "startIndex"} & request.parameters.keys():
        return server(request)
    server.memory["turn"] = server.memory.get("turn", 0) + 1
    return server(request.with_parameters(cursor="") if server.memory["turn"] % 2 else request)


@defect(
    "cursor-ignored-for-index",
    source="RFC9865-2.4-02",
    breaks="cursor is advertised, and an empty one is answered by index",
    killed_by="test_parameter_chooses_the_method test_pagination_says_which_methods_there_are",
)
def cursor_ignored_for_index(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(cursor=None) if by_cursor(request) else request)
