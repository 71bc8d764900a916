"""Defects of the way in: tokens that are not looked at, and refusals in another form, as real servers have them."""

from __future__ import annotations

from dataclasses import replace

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


def known_token(request: Request, server: Server) -> str:
    """The Authorization of the first request, which is the right one."""
    return str(server.memory.setdefault("token", request.headers.get("authorization", "")))


@defect(
    "auth-not-asked-for-changes",
    source="RFC7644-2-01; interop-bugs auth-wrong-status-or-body",
    breaks="DELETE needs no token",
    killed_by="test_every_method_needs_a_token",
)
def auth_not_asked_for_changes(request: Request, server: Server) -> Reply:
    token = known_token(request, server)
    return server(request.with_header("authorization", token) if request.method == "DELETE" else request)


@defect(
    "auth-beginning-of-the-token-is-enough",
    source="RFC7644-2-05",
    breaks="only the first 16 characters of a token are compared",
    killed_by="test_token_that_was_not_given_out_is_refused",
)
def auth_beginning_of_the_token_is_enough(request: Request, server: Server) -> Reply:
    token = known_token(request, server)
    alike = request.headers.get("authorization", "")[:23] == token[:23]
    return server(request.with_header("authorization", token) if alike else request)


@defect(
    "auth-bearer-refused",
    source="RFC7644-2-03; tuist/tuist PR 10544",
    breaks="users are shown to a session cookie alone",
    killed_by="test_bearer_token_is_taken",
    verdict="WARN",
)
def auth_bearer_refused(request: Request, server: Server) -> Reply:
    return Reply.error(401) if request.is_("GET", "/Users") else server(request)


@defect(
    "auth-401-without-challenge",
    source="RFC7644-2-08",
    breaks="the 401 names no scheme",
    killed_by="test_challenge_names_a_scheme_of_the_configuration",
)
def auth_401_without_challenge(request: Request, server: Server) -> Reply:
    return server(request).with_header("www-authenticate", None)


@defect(
    "messages-among-the-schemas",
    source="RFC7644-3.1-06",
    breaks="/Schemas lists PatchOp",
    killed_by="test_messages_are_not_among_the_schemas",
)
def messages_among_the_schemas(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/Schemas":
        return reply
    message = {"id": "urn:ietf:params:scim:api:messages:2.0:PatchOp", "name": "PatchOp", "attributes": []}
    return reply.with_json({**reply.json, "Resources": [*reply.json["Resources"], message]})


@defect(
    "schemas-without-characteristics",
    source="RFC7644-3.1-03; limosa-io/laravel-scim-server#57",
    breaks="/Schemas says nothing of case and uniqueness",
    killed_by="test_schemas_give_all_characteristics",
    verdict="WARN",
)
def schemas_without_characteristics(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/Schemas":
        return reply
    return replace(reply, body=reply.body.replace(b'"caseExact":false,', b"").replace(b',"caseExact":false', b""))


@defect(
    "message-schema-in-another-case",
    source="RFC7644-8.2-01",
    breaks="lists name their schema as ...:listResponse",
    killed_by="test_messages_bear_a_registered_schema",
)
def message_schema_in_another_case(request: Request, server: Server) -> Reply:
    reply = server(request)
    return replace(reply, body=reply.body.replace(b"2.0:ListResponse", b"2.0:listResponse"))


@defect(
    "names-compared-by-code-points",
    source="RFC7644-5-01; RFC7644-7.8-01",
    breaks="composed and decomposed accents are different letters",
    killed_by="test_same_name_in_another_spelling_is_taken test_filter_finds_the_other_composition",
    verdict="WARN",
)
def names_compared_by_code_points(request: Request, server: Server) -> Reply:
    kept: list[str] = server.memory.setdefault("texts", [])
    body = request.json if request.is_("POST", "/Users") else None
    reply = server(request)
    if isinstance(body, dict) and reply.status == 409 and not str(body.get("userName")).isascii():
        return server(request.with_json({**body, "userName": f"{body['userName']}.2"}))
    kept.append(str(body.get("displayName")) if isinstance(body, dict) else "")
    if request.filter and not request.filter.isascii() and not any(text and text in request.filter for text in kept):
        return reply.with_json({**reply.json, "Resources": [], "totalResults": 0})
    return reply
