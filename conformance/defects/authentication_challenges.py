"""Defects of refusals: what a request without a usable token is told (RFC 6750 section 3)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

HTML = Reply(403, {"content-type": "text/html"}, b"<html><body>Log in</body></html>")


def _refused(request: Request, server: Server, header: str) -> Reply:
    """The server's answer, with another challenge where it is a refusal."""
    reply = server(request)
    return reply.with_header("www-authenticate", header) if reply.status == 401 else reply


@defect(
    "auth-wrong-status-or-body",
    source="tuist/tuist#10544; set-up guides of providers",
    breaks="without a token a request is sent to the log-in page",
    killed_by="test_request_without_usable_token_is_401",
)
def auth_wrong_status_or_body(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(302, {"location": "/login"}) if reply.status == 401 else reply


@defect(
    "auth-html-403",
    source="tuist/tuist#10544; set-up guides of providers",
    breaks="a wrong token is answered 403 with a page",
    killed_by="test_request_without_usable_token_is_401 test_changed_token_is_worthless",
)
def auth_html_403(request: Request, server: Server) -> Reply:
    reply = server(request)
    return HTML if reply.status == 401 else reply


@defect(
    "auth-401-without-scim-error",
    source="RFC7644-3.12-01",
    breaks="a 401 comes from a gateway, in plain text",
    killed_by="test_request_without_usable_token_is_401",
    verdict="WARN",
)
def auth_401_without_scim_error(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(401, {**reply.headers, "content-type": "text/plain"}, b"no") if reply.status == 401 else reply


@defect(
    "auth-no-challenge",
    source="RFC6750-3-01; seen at SCIMMY",
    breaks="a 401 has no WWW-Authenticate",
    killed_by="test_request_without_usable_token_is_401 test_wrong_token_is_called_invalid",
    verdict="WARN",
)
def auth_no_challenge(request: Request, server: Server) -> Reply:
    return server(request).with_header("www-authenticate", None)


@defect(
    "auth-challenge-of-another-scheme",
    source="RFC6750-3-02",
    breaks="the challenge asks for Basic",
    killed_by="test_request_without_usable_token_is_401",
)
def auth_challenge_of_another_scheme(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Basic realm="SCIM"')


@defect(
    "auth-challenge-bare",
    source="RFC6750-3-03",
    breaks="the challenge is the word Bearer alone",
    killed_by="test_challenge_has_parameters",
    verdict="WARN",
)
def auth_challenge_bare(request: Request, server: Server) -> Reply:
    return _refused(request, server, "Bearer")


@defect(
    "auth-challenge-unreadable",
    source="RFC6750-3-11",
    breaks="the challenge has words instead of name=value",
    killed_by="test_challenge_has_parameters",
)
def auth_challenge_unreadable(request: Request, server: Server) -> Reply:
    return _refused(request, server, "Bearer token is missing or wrong")


@defect(
    "auth-challenge-with-two-errors",
    source="RFC6750-3-09",
    breaks="two filters each add realm and error",
    killed_by="test_challenge_has_each_parameter_once",
)
def auth_challenge_with_two_errors(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Bearer realm="a", error="invalid_token", realm="b", error="invalid_request"')


@defect(
    "auth-challenge-with-backslashes",
    source="RFC6750-3-12",
    breaks="error_description has quotation marks in it",
    killed_by="test_challenge_keeps_to_its_characters",
)
def auth_challenge_with_backslashes(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Bearer realm="SCIM", error_description="the token \\"x\\" is wrong"')


@defect(
    "auth-challenge-with-a-relative-uri",
    source="RFC6750-3-13",
    breaks="error_uri is a path",
    killed_by="test_error_uri_of_a_challenge_is_a_uri",
)
def auth_challenge_with_a_relative_uri(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Bearer realm="SCIM", error_uri="/docs/errors"')


@defect(
    "auth-realm-without-quotes",
    source="RFC6750-3-04",
    breaks="realm stands without quotation marks",
    killed_by="test_realm_of_a_challenge_is_in_quotes",
    verdict="WARN",
)
def auth_realm_without_quotes(request: Request, server: Server) -> Reply:
    return _refused(request, server, "Bearer realm=SCIM")


@defect(
    "auth-error-without-a-token",
    source="RFC6750-3.1-04",
    breaks="who shows no token is told that it is invalid",
    killed_by="test_request_without_a_token_gets_no_error_code",
    verdict="WARN",
)
def auth_error_without_a_token(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Bearer realm="SCIM", error="invalid_token"')


@defect(
    "auth-wrong-token-without-error",
    source="RFC6750-3-07; seen at scim2-server and django-scim2",
    breaks="the challenge is the same with a wrong token and without one",
    killed_by="test_wrong_token_is_called_invalid",
    verdict="WARN",
)
def auth_wrong_token_without_error(request: Request, server: Server) -> Reply:
    return _refused(request, server, 'Bearer realm="SCIM"')
