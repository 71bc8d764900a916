"""Defects of media types, encodings and headers, as real servers have them."""

from __future__ import annotations

from dataclasses import replace

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


def has_type(request: Request, kind: str) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == kind


@defect(
    "media-scim-json-unparsed",
    source="medplum/medplum#4143; better-auth/better-auth PR 6365; MicrosoftDocs/azure-docs#12728; pingidentity/scim2#131",
    breaks="only application/json is parsed: the body of application/scim+json looks empty",
    killed_by="test_scim_json_bodies_are_read",
)
def media_scim_json_unparsed(request: Request, server: Server) -> Reply:
    unread = request.method == "POST" and has_type(request, "application/scim+json")
    return server(request.with_json({})) if unread else server(request)


@defect(
    "media-charset-not-understood",
    source="MicrosoftDocs/azure-docs#12728; PowerDMS/Owin.Scim#1",
    breaks="a media type with parameters is refused",
    killed_by="test_scim_json_bodies_are_read",
)
def media_charset_not_understood(request: Request, server: Server) -> Reply:
    return Reply.error(415) if ";" in request.headers.get("content-type", "") else server(request)


@defect(
    "media-application-json-refused",
    source="pond/scimitar#142; harness/harness-core#39517; scimmyjs/scimmy-routers PR 22; indigo-iam/iam#1285",
    breaks="a body as application/json is refused 415",
    killed_by="test_json_bodies_are_read",
    verdict="WARN",
)
def media_application_json_refused(request: Request, server: Server) -> Reply:
    return Reply.error(415) if request.body and has_type(request, "application/json") else server(request)


@defect(
    "media-accept-406-a",
    source="wso2/product-is#3374",
    breaks="Accept with a wildcard, or none, is answered 406",
    killed_by="test_accept_that_takes_scim_json_gets_it",
)
def media_accept_406_a(request: Request, server: Server) -> Reply:
    return server(request) if "json" in request.headers.get("accept", "") else Reply.error(406)


@defect(
    "media-accept-406-b",
    source="wso2/product-is#3374",
    breaks="Accept: application/json is answered 406",
    killed_by="test_accept_of_plain_json_is_served",
    verdict="WARN",
)
def media_accept_406_b(request: Request, server: Server) -> Reply:
    return Reply.error(406) if request.headers.get("accept") == "application/json" else server(request)


@defect(
    "media-response-type-wrong-a",
    source="FusionAuth/fusionauth-issues#1769; MicrosoftDocs/azure-docs#116775",
    breaks="answers say application/json+scim",
    killed_by="test_answers_are_scim_json test_accept_that_takes_scim_json_gets_it",
)
def media_response_type_wrong_a(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_header("content-type", "application/json+scim") if reply.body else reply


@defect(
    "media-response-type-wrong-b",
    source="wso2-extensions/identity-inbound-provisioning-scim2#23",
    breaks="answers say application/json",
    killed_by="test_answers_are_scim_json test_errors_are_in_scim_form",
    verdict="WARN",
)
def media_response_type_wrong_b(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_header("content-type", "application/json; charset=utf-8") if reply.body else reply


@defect(
    "content-type-header-mismatch",
    source="MicrosoftDocs/azure-docs#94189; pond/scimitar#142; goauthentik/authentik#11249",
    breaks="a GET with a Content-Type other than application/scim+json is refused",
    killed_by="test_get_reads_one_and_many",
)
def content_type_header_mismatch(request: Request, server: Server) -> Reply:
    return Reply.error(415) if request.method == "GET" and has_type(request, "application/json") else server(request)


@defect(
    "body-read-as-latin-1",
    source="RFC7644-3.8-02",
    breaks="a body without charset is read as ISO 8859-1",
    killed_by="test_text_is_utf8_by_default",
)
def body_read_as_latin_1(request: Request, server: Server) -> Reply:
    if "charset" in request.headers.get("content-type", "charset"):
        return server(request)
    return server(replace(request, body=request.body.decode("latin-1").encode()))


@defect(
    "answer-written-as-latin-1",
    source="RFC7644-3.8-01",
    breaks="answers are written in ISO 8859-1, with question marks for the rest",
    killed_by="test_text_is_utf8_by_default test_scim_json_bodies_are_read",
)
def answer_written_as_latin_1(request: Request, server: Server) -> Reply:
    reply = server(request)
    return replace(reply, body=reply.body.decode().encode("latin-1", "replace"))


@defect(
    "cookie-without-secure",
    source="RFC7644-7.4-02",
    breaks="a session cookie is set that may travel without TLS",
    killed_by="test_transport_is_protected",
)
def cookie_without_secure(request: Request, server: Server) -> Reply:
    return server(request).with_header("set-cookie", "session=1; Path=/; HttpOnly")


@defect(
    "ratelimit-shares-public-bucket",
    source="va360labs/didacta-io#54; rancher/rancher#54870; awslabs/ssosync#13",
    breaks="a burst is answered 429 with a web page, and without a time to wait",
    killed_by="test_burst_is_served_or_told_to_wait",
    verdict="WARN",
)
def ratelimit_shares_public_bucket(request: Request, server: Server) -> Reply:
    server.memory["in a row"] = server.memory.get("in a row", 0) + 1 if request.query == "count=1" else 0
    if server.memory["in a row"] > 10:
        return Reply(429, {"content-type": "text/html"}, b"<h1>Slow down</h1>")
    return server(request)
