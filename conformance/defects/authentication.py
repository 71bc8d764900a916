"""Defects of authentication: who gets in without a token, and where a token ends that it must not (RFC 6750)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list
from conformance.defects.replies import Resource, shown
from conformance.defects.wire import Reply, Request, Server


def _token(request: Request) -> str:
    return request.headers.get("authorization", "")


def _good(request: Request, server: Server) -> str:
    """The first Authorization header with which users could be read."""
    own = {"authorization": _token(request)}
    if "good" not in server.memory and server(Request("GET", "/Users", "count=0", own)).ok:
        server.memory["good"] = _token(request)
    return str(server.memory.get("good", ""))


def _let_in(request: Request, server: Server) -> Reply:
    """The answer that somebody with a token gets."""
    return server(request.with_header("authorization", _good(request, server)))


# ── who gets in ──


@defect(
    "auth-token-dies-silently",
    source="grokability/snipe-it#14138",
    breaks="a token is good for a few requests, then it is refused without notice",
    killed_by="test_token_in_the_header_is_taken",
)
def auth_token_dies_silently(request: Request, server: Server) -> Reply:
    server.memory["used"] = server.memory.get("used", 0) + 1
    return server(request if server.memory["used"] <= 3 else request.with_header("authorization", "Bearer worn-out"))


@defect(
    "auth-scheme-compared-with-case",
    source="tuist/tuist#10544",
    breaks="bearer in small letters is refused",
    killed_by="test_scheme_is_case_insensitive",
    verdict="WARN",
)
def auth_scheme_compared_with_case(request: Request, server: Server) -> Reply:
    known = _token(request).startswith("Bearer ")
    return server(request if known else request.with_header("authorization", None))


@defect(
    "auth-two-blanks-refused",
    source="RFC6750-2.1-01",
    breaks="the token is what stands behind the first blank",
    killed_by="test_blanks_before_the_token_may_be_several",
    verdict="WARN",
)
def auth_two_blanks_refused(request: Request, server: Server) -> Reply:
    return server(request.with_header("authorization", None) if "  " in _token(request) else request)


@defect(
    "auth-null-token-accepted",
    source="RFC6750-2.1-01",
    breaks="an unset secret is the text null, and so is a token that opens everything",
    killed_by="test_what_is_no_token_is_refused",
)
def auth_null_token_accepted(request: Request, server: Server) -> Reply:
    if _token(request) == "Bearer null":
        return _let_in(request, server)
    _good(request, server)
    return server(request)


@defect(
    "auth-any-token-accepted",
    source="RFC6750-3-01",
    breaks="who shows a token, whichever, is let in",
    killed_by="test_request_without_usable_token_is_401 test_nothing_is_written_without_a_token"
    " test_changed_token_is_worthless",
)
def auth_any_token_accepted(request: Request, server: Server) -> Reply:
    return _let_in(request, server) if _token(request).startswith("Bearer ") else server(request)


@defect(
    "auth-guards-reads-alone",
    source="RFC7644-2-08",
    breaks="writes are let in without a token",
    killed_by="test_nothing_is_written_without_a_token",
)
def auth_guards_reads_alone(request: Request, server: Server) -> Reply:
    if request.method != "GET":
        return _let_in(request, server)
    _good(request, server)
    return server(request)


@defect(
    "auth-token-in-url-cached",
    source="RFC6750-2.3-02",
    breaks="a token in the URL is taken, and the answer may be cached by all",
    killed_by="test_token_in_the_url_is_refused_or_kept_from_caches",
    verdict="WARN",
)
def auth_token_in_url_cached(request: Request, server: Server) -> Reply:
    token = request.parameters.get("access_token")
    if token is None:
        return server(request)
    return server(request.with_header("authorization", f"Bearer {token}")).with_header("cache-control", "public")


@defect(
    "auth-token-in-url-counts-more",
    source="RFC6750-3.1-01",
    breaks="of two tokens the one in the URL counts",
    killed_by="test_two_different_tokens_are_refused_or_the_header_counts",
    verdict="WARN",
)
def auth_token_in_url_counts_more(request: Request, server: Server) -> Reply:
    token = request.parameters.get("access_token")
    return server(request.with_header("authorization", f"Bearer {token}") if token else request)


@defect(
    "auth-token-compared-by-its-end",
    source="RFC6750-5.2-01",
    breaks="the last characters of a token decide",
    killed_by="test_changed_token_is_worthless",
)
def auth_token_compared_by_its_end(request: Request, server: Server) -> Reply:
    good = _good(request, server)
    same = good and _token(request)[-6:] == good[-6:]
    return server(request.with_header("authorization", good) if same else request)


# ── where a token must not be ──


@defect(
    "auth-token-in-cookie",
    source="RFC6750-5.3-01",
    breaks="the token is kept in a cookie",
    killed_by="test_token_is_in_no_cookie",
)
def auth_token_in_cookie(request: Request, server: Server) -> Reply:
    return server(request).with_header("set-cookie", f"session={_token(request).removeprefix('Bearer ')}; Path=/")


@defect(
    "auth-token-in-error-text",
    source="RFC6750-5.3-02",
    breaks="a 404 repeats the headers of the request",
    killed_by="test_token_is_in_no_answer",
    verdict="WARN",
)
def auth_token_in_error_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(404, None, f"GET with {_token(request)}") if reply.status == 404 else reply


@defect(
    "auth-locations-in-clear",
    source="jelhub/scimgateway#110",
    breaks="behind a proxy that ends TLS, locations are http://",
    killed_by="test_token_travels_under_tls",
)
def auth_locations_in_clear(request: Request, server: Server) -> Reply:
    def clear(item: Resource) -> Resource:
        meta = item.get("meta") or {}
        return {**item, "meta": {**meta, "location": f"http://directory.example.com{request.path}"}}

    return server(request) if is_list(request) else shown(request, server, clear, method="GET")
