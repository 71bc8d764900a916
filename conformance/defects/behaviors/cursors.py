"""Defects of cursor paging (RFC 9865): cursors that can be guessed, are bound to too much, or lead to the wrong place."""

from __future__ import annotations

from conformance.defects.lists import by_cursor, cursor_of, is_list, is_listing, with_members, with_resources
from conformance.defects.wire import Reply, Request, Server


def cursor_is_a_plain_number(request: Request, server: Server) -> Reply:
    if not by_cursor(request) or not (cursor_of(request) or "1").isdigit():
        return server(request)
    start, count = int(cursor_of(request) or 1), int(request.parameters.get("count", 100))
    reply = server(request.with_parameters(cursor=None, startIndex=start))
    more = is_listing(reply) and reply.json["totalResults"] >= start + count
    return with_members(reply, startIndex=None, nextCursor=str(start + count) if more else None)


def cursor_holds_its_query(request: Request, server: Server) -> Reply:
    if cursor_of(request) in server.memory:
        return server(request.with_parameters(filter=server.memory[cursor_of(request)]))
    reply = server(request)
    if by_cursor(request) and is_listing(reply) and "nextCursor" in reply.json:
        server.memory[reply.json["nextCursor"]] = request.filter
    return reply


def cursor_other_count_breaks_the_walk(request: Request, server: Server) -> Reply:
    if cursor_of(request) and server.memory.get(request.filter) != request.parameters.get("count"):
        return Reply.error(500)
    server.memory[request.filter] = request.parameters.get("count")
    return server(request)


def cursor_used_once_only(request: Request, server: Server) -> Reply:
    cursor = cursor_of(request)
    if cursor and cursor in server.memory:
        return Reply.error(400, "invalidCursor")
    server.memory[cursor] = True
    return server(request)


def cursor_behind_the_last_page(request: Request, server: Server) -> Reply:
    if cursor_of(request) == "end":
        return with_resources(server(request.with_parameters(cursor="")), [])
    reply = server(request)
    last = by_cursor(request) and is_listing(reply) and "nextCursor" not in reply.json
    return with_members(reply, nextCursor="end") if last else reply


def cursor_previous_leads_elsewhere(request: Request, server: Server) -> Reply:
    reply = server(request)
    return with_members(reply, previousCursor=cursor_of(request)) if cursor_of(request) else reply


def cursor_with_padding(request: Request, server: Server) -> Reply:
    cursor = cursor_of(request)
    reply = server(request.with_parameters(cursor=cursor.removesuffix("+/=")) if cursor else request)
    return (
        with_members(reply, nextCursor=reply.json["nextCursor"] + "+/=")
        if is_listing(reply) and "nextCursor" in reply.json
        else reply
    )


def cursor_counts_what_was_seen(request: Request, server: Server) -> Reply:
    if not by_cursor(request) or (not cursor_of(request).removeprefix("o").isdigit() and cursor_of(request)):
        return server(request)
    offset, count = int(cursor_of(request).removeprefix("o") or 0), int(request.parameters.get("count", 100))
    reply = server(request.with_parameters(cursor=None, startIndex=offset + 1))
    more = is_listing(reply) and reply.json["totalResults"] > offset + count
    return with_members(reply, startIndex=None, nextCursor=f"o{offset + count}" if more else None)


def cursor_method_changes(request: Request, server: Server) -> Reply:
    if not is_list(request) or {"cursor", "startIndex"} & request.parameters.keys():
        return server(request)
    server.memory["turn"] = server.memory.get("turn", 0) + 1
    return server(request.with_parameters(cursor="") if server.memory["turn"] % 2 else request)
