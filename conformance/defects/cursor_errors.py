"""Defects of cursors that should be refused, and of what is published about them (RFC 9865 2.1, 4, 5.2)."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import by_cursor, cursor_of, is_listing, told
from conformance.defects.wire import Reply, Request, Server


def _published(request: Request, server: Server, **changes: Any) -> Reply:
    """ServiceProviderConfig with another pagination."""
    reply = server(request)
    if request.path != "/ServiceProviderConfig":
        return reply
    return reply.with_json({**reply.json, "pagination": {**reply.json["pagination"], **changes}})


@defect(
    "cursor-invalid-is-500",
    source="RFC9865-2.1-01",
    breaks="an invalid cursor is a 500",
    killed_by="test_invalid_cursor_is_called_so",
)
def cursor_invalid_is_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(500) if by_cursor(request) and reply.status == 400 else reply


@defect(
    "cursor-count-of-words-is-500",
    source="RFC9865-2.1-01",
    breaks="count=abc is a 500 in pages by cursor",
    killed_by="test_invalid_paging_parameters_are_refused",
    verdict="WARN",
)
def cursor_count_of_words_is_500(request: Request, server: Server) -> Reply:
    word = by_cursor(request) and request.parameters.get("count") == "abc"
    return Reply.error(500) if word else server(request)


@defect(
    "cursor-invalid-called-a-value",
    source="RFC9865-2.1-02",
    breaks="an invalid cursor is refused with scimType invalidValue",
    killed_by="test_invalid_cursor_is_called_so test_forged_cursor_is_refused",
)
def cursor_invalid_called_a_value(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "invalidValue") if by_cursor(request) and reply.status == 400 else reply


@defect(
    "cursor-not-signed",
    source="RFC9865-5.2-04",
    breaks="a cursor that cannot be verified is taken for one of the second page",
    killed_by="test_invalid_cursor_is_called_so test_forged_cursor_is_refused",
)
def cursor_not_signed(request: Request, server: Server) -> Reply:
    reply = server(request)
    return (
        server(request.with_parameters(cursor=None, startIndex=2))
        if cursor_of(request) and reply.status == 400
        else reply
    )


@defect(
    "cursor-is-a-plain-number",
    source="RFC9865-5.2-04",
    breaks="a cursor is the number of the next element",
    killed_by="test_forged_cursor_is_refused",
)
def cursor_is_a_plain_number(request: Request, server: Server) -> Reply:
    if not by_cursor(request) or not (cursor_of(request) or "1").isdigit():
        return server(request)
    start, count = int(cursor_of(request) or 1), int(request.parameters.get("count", 100))
    reply = server(request.with_parameters(cursor=None, startIndex=start))
    more = is_listing(reply) and reply.json["totalResults"] >= start + count
    return told(reply, startIndex=None, nextCursor=str(start + count) if more else None)


@defect(
    "cursor-holds-its-query",
    source="RFC9865-2.1-02",
    breaks="a cursor brings its own filter with it, whatever filter it is used with",
    killed_by="test_cursor_of_another_query_gives_nobody_else",
)
def cursor_holds_its_query(request: Request, server: Server) -> Reply:
    if cursor_of(request) in server.memory:
        return server(request.with_parameters(filter=server.memory[cursor_of(request)]))
    reply = server(request)
    if by_cursor(request) and is_listing(reply) and "nextCursor" in reply.json:
        server.memory[reply.json["nextCursor"]] = request.filter
    return reply


@defect(
    "cursor-other-count-breaks-the-walk",
    source="RFC9865-2.1-04",
    breaks="another count on the second page is a 500",
    killed_by="test_count_that_does_not_fit_is_refused_or_capped",
)
def cursor_other_count_breaks_the_walk(request: Request, server: Server) -> Reply:
    if cursor_of(request) and server.memory.get(request.filter) != request.parameters.get("count"):
        return Reply.error(500)
    server.memory[request.filter] = request.parameters.get("count")
    return server(request)


@defect(
    "cursor-used-once-only",
    source="RFC9865-4-08",
    breaks="a cursor works once",
    killed_by="test_cursor_is_valid_at_once_and_again",
    verdict="WARN",
)
def cursor_used_once_only(request: Request, server: Server) -> Reply:
    cursor = cursor_of(request)
    if cursor and cursor in server.memory:
        return Reply.error(400, "invalidCursor")
    server.memory[cursor] = True
    return server(request)


@defect(
    "pagination-as-text",
    source="RFC9865-4-03",
    breaks="pagination.index is a text",
    killed_by="test_pagination_says_which_methods_there_are",
)
def pagination_as_text(request: Request, server: Server) -> Reply:
    return _published(request, server, index="true")


@defect(
    "pagination-default-of-another-word",
    source="RFC9865-4-05",
    breaks="pagination.defaultPaginationMethod is offset",
    killed_by="test_default_method_is_one_of_the_supported",
    verdict="WARN",
)
def pagination_default_of_another_word(request: Request, server: Server) -> Reply:
    return _published(request, server, defaultPaginationMethod="offset")


@defect(
    "pagination-limits-of-nothing",
    source="RFC9865-4-06",
    breaks="the figures of pagination are 0, a text and a fraction",
    killed_by="test_pagination_limits_are_positive_integers",
    verdict="WARN",
)
def pagination_limits_of_nothing(request: Request, server: Server) -> Reply:
    return _published(request, server, defaultPageSize=0, maxPageSize="1000", cursorTimeout=0.5)


@defect(
    "pagination-limits-not-kept",
    source="RFC9865-4-07",
    breaks="pages are larger than defaultPageSize and maxPageSize",
    killed_by="test_published_page_sizes_are_kept test_count_that_does_not_fit_is_refused_or_capped",
    verdict="WARN",
)
def pagination_limits_not_kept(request: Request, server: Server) -> Reply:
    return _published(request, server, defaultPageSize=1, maxPageSize=1)


@defect(
    "pagination-not-published",
    source="RFC9865-4-01",
    breaks="there are cursors, and ServiceProviderConfig does not say so",
    killed_by="test_cursors_are_published",
    verdict="WARN",
)
def pagination_not_published(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/ServiceProviderConfig":
        return reply
    return reply.with_json({name: value for name, value in reply.json.items() if name != "pagination"})
