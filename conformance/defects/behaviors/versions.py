"""Defects of resource versions: ETags in the wrong format, compared too late, or never renewed."""

from __future__ import annotations

import threading

from conformance.defects.wire import Reply, Request, Server


def etag_checked_after_write_a(request: Request, server: Server) -> Reply:
    if request.is_("PUT|PATCH") and request.headers.get("if-match", "*") != "*":
        server(request.with_header("if-match", None))
        return Reply.error(412)
    return server(request)


def etag_checked_after_write_b(request: Request, server: Server) -> Reply:
    met: threading.Condition = server.memory.setdefault("met", threading.Condition())
    tag = request.headers.get("if-match")
    if request.method != "PUT" or tag is None:
        return server(request)
    if ((server.get(request.path, request) or {}).get("meta") or {}).get("version") != tag:
        return Reply.error(412)
    with met:
        server.memory[tag] = server.memory.get(tag, 0) + 1
        met.notify_all()
        met.wait_for(
            lambda: server.memory[tag] > 1, timeout=1
        )  # both requests compare the version before either writes
    return server(request.with_header("if-match", None))


def etag_without_its_mark(request: Request, server: Server) -> Reply:
    reply = server(request)
    etag = reply.headers.get("etag")
    return reply.with_header("etag", etag.removeprefix("W/")) if etag else reply


def etag_without_quotes(request: Request, server: Server) -> Reply:
    reply = server(request)
    tag = reply.headers.get("etag")
    bare = tag.removeprefix("W/").strip('"') if tag else None
    changed = reply.each_resource(lambda r: {**r, "meta": {**r["meta"], "version": bare}} if bare else r)
    return changed.with_header("etag", bare)


def etag_differs_from_meta_version(request: Request, server: Server) -> Reply:
    reply = server(request)
    tag = reply.headers.get("etag")
    return reply.with_header("etag", f'W/"{hash(tag):x}"') if tag else reply


def etag_of_the_creation_for_ever(request: Request, server: Server) -> Reply:
    reply = server(request)
    if "etag" not in reply.headers or not isinstance(reply.json, dict):
        return reply
    first = server.memory.setdefault(reply.json["id"], reply.headers["etag"])
    return reply.with_header("etag", first)


def version_strong_and_the_same_for_all(request: Request, server: Server) -> Reply:
    reply = server(request)
    etag = reply.headers.get("etag", "")
    reply = reply.with_header("etag", etag.removeprefix("W/")) if etag else reply
    return reply.each_resource(
        lambda item: {**item, "meta": {**item["meta"], "version": etag.removeprefix("W/")}} if "meta" in item else item
    )
