"""Defects of ETags: versions that do not change, conditions that are not kept, as real servers have them."""

from __future__ import annotations

import threading

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

SOURCE = "Captain-P-Goldfish/SCIM-SDK#746; apache/directory-scimple#534; thunder-id/thunderid PR 5110"


@defect(
    "etag-checked-after-write-a",
    source=SOURCE,
    breaks="If-Match is compared with the version after the change: always 412",
    killed_by="test_current_if_match_is_honoured",
)
def etag_checked_after_write_a(request: Request, server: Server) -> Reply:
    if request.is_("PUT|PATCH") and request.headers.get("if-match", "*") != "*":
        server(request.with_header("if-match", None))
        return Reply.error(412)
    return server(request)


@defect(
    "etag-checked-after-write-b",
    source=SOURCE,
    breaks="the version is compared, and then written without a lock: two writers pass",
    killed_by="test_of_two_changes_at_once_one_wins",
)
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
        met.wait_for(lambda: server.memory[tag] > 1, timeout=1)  # both have compared before either writes
    return server(request.with_header("if-match", None))


@defect(
    "etag-checked-after-write-c",
    source=SOURCE,
    breaks="etag is announced, and If-Match is not looked at",
    killed_by="test_stale_if_match_has_no_effect test_delete_honours_if_match test_of_two_changes_at_once_one_wins",
)
def etag_checked_after_write_c(request: Request, server: Server) -> Reply:
    return server(request.with_header("if-match", None))


@defect(
    "if-match-of-lists-and-stars-refused",
    source="RFC7644-3.14-07; RFC 9110 13.1.1",
    breaks="If-Match: * is compared as if it were a tag",
    killed_by="test_current_if_match_is_honoured",
    verdict="WARN",
)
def if_match_of_lists_and_stars_refused(request: Request, server: Server) -> Reply:
    return Reply.error(412) if request.headers.get("if-match") == "*" else server(request)


@defect(
    "etag-missing",
    source="RFC7644-3.14-02",
    breaks="answers have no ETag header",
    killed_by="test_etag_is_the_version",
)
def etag_missing(request: Request, server: Server) -> Reply:
    return server(request).with_header("etag", None)


@defect(
    "etag-without-quotes",
    source="RFC7644-3.14-01; interop-bugs etag-checked-after-write",
    breaks="the ETag is a bare word",
    killed_by="test_etag_is_the_version",
)
def etag_without_quotes(request: Request, server: Server) -> Reply:
    reply = server(request)
    tag = reply.headers.get("etag")
    bare = tag.removeprefix("W/").strip('"') if tag else None
    changed = reply.each_resource(lambda r: {**r, "meta": {**r["meta"], "version": bare}} if bare else r)
    return changed.with_header("etag", bare)


@defect(
    "etag-differs-from-meta-version",
    source="RFC7644-3.14-03",
    breaks="meta.version is the number, the ETag is a hash",
    killed_by="test_etag_is_the_version",
)
def etag_differs_from_meta_version(request: Request, server: Server) -> Reply:
    reply = server(request)
    tag = reply.headers.get("etag")
    return reply.with_header("etag", f'W/"{hash(tag):x}"') if tag else reply


@defect(
    "if-none-match-ignored",
    source="RFC7644-3.14-05",
    breaks="an unchanged resource is sent again",
    killed_by="test_unchanged_resource_is_304",
)
def if_none_match_ignored(request: Request, server: Server) -> Reply:
    return server(request.with_header("if-none-match", None))


@defect(
    "not-modified-for-ever",
    source="RFC7644-3.14-08",
    breaks="304 is answered after a change, too",
    killed_by="test_unchanged_resource_is_304",
)
def not_modified_for_ever(request: Request, server: Server) -> Reply:
    return Reply(304) if "if-none-match" in request.headers else server(request)


@defect(
    "etag-of-the-creation-for-ever",
    source="RFC7644-3.14-08",
    breaks="the version is that of the creation, whatever happens",
    killed_by="test_version_changes_with_the_resource",
)
def etag_of_the_creation_for_ever(request: Request, server: Server) -> Reply:
    reply = server(request)
    if "etag" not in reply.headers or not isinstance(reply.json, dict):
        return reply
    first = server.memory.setdefault(reply.json["id"], reply.headers["etag"])
    return reply.with_header("etag", first)
