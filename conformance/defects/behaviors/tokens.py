"""Defects of authentication: tokens that are compared incompletely, accepted too often, lost, or leaked."""

from __future__ import annotations

from conformance.defects.lists import is_list
from conformance.defects.wire import Reply, Request, Server


def _opened(request: Request, server: Server, *, when: bool) -> Reply:
    """The server's response; if `when` is true, the response for a client with a valid token."""
    return server(request.with_header("authorization", _valid(request, server)) if when else request)


def _valid(request: Request, server: Server) -> str:
    """The first Authorization header with which a client could read users."""
    own = {"authorization": _token(request)}
    if "valid" not in server.memory and server(Request("GET", "/Users", "count=0", own)).ok:
        server.memory["valid"] = _token(request)
    return str(server.memory.get("valid", ""))


def _token(request: Request) -> str:
    return request.headers.get("authorization", "")


def auth_not_asked_for_changes(request: Request, server: Server) -> Reply:
    _valid(request, server)
    return _opened(request, server, when=request.method == "DELETE")


def auth_beginning_of_the_token_is_enough(request: Request, server: Server) -> Reply:
    valid = _valid(request, server)
    return _opened(request, server, when=_token(request)[:23] == valid[:23])


def auth_token_dies_silently(request: Request, server: Server) -> Reply:
    server.memory["used"] = server.memory.get("used", 0) + 1
    return server(request if server.memory["used"] <= 3 else request.with_header("authorization", "Bearer worn-out"))


def auth_null_token_accepted(request: Request, server: Server) -> Reply:
    _valid(request, server)
    return _opened(request, server, when=_token(request) == "Bearer null")


def auth_any_token_accepted(request: Request, server: Server) -> Reply:
    return _opened(request, server, when=_token(request).startswith("Bearer "))


def auth_guards_reads_alone(request: Request, server: Server) -> Reply:
    _valid(request, server)
    return _opened(request, server, when=request.method != "GET")


def auth_token_in_url_cached(request: Request, server: Server) -> Reply:
    token = request.parameters.get("access_token")
    if token is None:
        return server(request)
    return server(request.with_header("authorization", f"Bearer {token}")).with_header("cache-control", "public")


def auth_token_in_url_counts_more(request: Request, server: Server) -> Reply:
    token = request.parameters.get("access_token")
    return server(request.with_header("authorization", f"Bearer {token}") if token else request)


def auth_token_compared_by_its_end(request: Request, server: Server) -> Reply:
    valid = _valid(request, server)
    return _opened(request, server, when=bool(valid) and _token(request)[-6:] == valid[-6:])


def auth_token_in_cookie(request: Request, server: Server) -> Reply:
    return server(request).with_header("set-cookie", f"session={_token(request).removeprefix('Bearer ')}; Path=/")


def auth_token_in_error_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(404, None, f"GET with {_token(request)}") if reply.status == 404 else reply


def ipsie_groups_read_without_a_token(request: Request, server: Server) -> Reply:
    _valid(request, server)
    return _opened(request, server, when=is_list(request, "/Groups"))


def ipsie_writes_with_any_token(request: Request, server: Server) -> Reply:
    valid = _valid(request, server)
    if not request.is_("PATCH|DELETE", "/Users/*"):
        return server(request)
    done = _opened(request, server, when=True)
    return done if _token(request) == valid else Reply.error(401)
