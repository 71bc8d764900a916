"""Defects of errors: their form, their words, and mistakes of a client that become a 5xx, as real servers have them."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import ERROR_URN, Reply, Request, Server

FORM = "test_errors_are_in_scim_form test_unknown_resource_is_a_scim_404"
HTML = {"content-type": "text/html"}


@defect(
    "error-body-not-scim-a",
    source="Metatavu/keycloak-scim-server#100; simpleidserver/SimpleIdServer#227; wireapp/wire-server#5434",
    breaks="errors are plain text",
    killed_by=FORM,
)
def error_body_not_scim_a(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(reply.status, {"content-type": "text/plain"}, b"failed") if reply.status >= 400 else reply


@defect(
    "error-body-not-scim-b",
    source="PennState/SCIMple-Identity#72; scimmyjs/scimmy-routers PR 21; goauthentik/authentik PR 23955",
    breaks="the SCIM error is wrapped in an object of the framework",
    killed_by=FORM,
)
def error_body_not_scim_b(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({"error": reply.json}) if reply.status >= 400 and reply.json else reply


@defect(
    "error-status-integer",
    source="Captain-P-Goldfish/SCIM-SDK#834; pingidentity/scim2#87; xlgmokha/scim-kit#46",
    breaks="status of an error is a number",
    killed_by=FORM + " test_duplicate_is_409_uniqueness",
)
def error_status_integer(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "status": reply.status}) if reply.status >= 400 and reply.json else reply


@defect(
    "error-500-for-client-mistake",
    source="NorthlandPositronics/Cogtrix PR 371; goauthentik/authentik#25837; apache/directory-scimple#1242",
    breaks="a value of the wrong form ends in a stack trace",
    killed_by="test_mistakes_of_a_client_are_no_server_errors",
    verdict="WARN",
)
def error_500_for_client_mistake(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Users") else None
    mails = body.get("emails") if isinstance(body, dict) else None
    if isinstance(mails, list) and not all(isinstance(item, dict) for item in mails):
        return Reply(500, {"content-type": "text/plain"}, b"AttributeError: 'NoneType' object has no attribute 'get'")
    return server(request)


@defect(
    "error-detail-blames-wrong-value",
    source="fleetdm/fleet#52600; goauthentik/authentik#23955",
    breaks="detail lists every member of the request as unknown",
    killed_by="test_detail_blames_the_right_value",
    verdict="WARN",
)
def error_detail_blames_wrong_value(request: Request, server: Server) -> Reply:
    named = [item.get("value") for o in request.operations for item in o.get("value") or () if isinstance(item, dict)]
    if request.is_("PATCH", "/Groups/*") and any(server.get(f"/Users/{id_}", request) is None for id_ in named):
        return Reply.error(400, "invalidValue", f"unknown members: {', '.join(map(str, named))}")
    return server(request)


@defect(
    "error-scimtype-of-its-own",
    source="RFC7644-3.12-04",
    breaks="scimType is a word of the server's own",
    killed_by="test_errors_are_in_scim_form test_taken_user_name_is_uniqueness",
)
def error_scimtype_of_its_own(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "scimType": "userExists"}) if reply.status == 409 else reply


@defect(
    "error-says-nothing",
    source="goauthentik/authentik#23955; RFC7644-3.12-05",
    breaks="detail is empty",
    killed_by="test_errors_are_in_scim_form",
    verdict="WARN",
)
def error_says_nothing(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "detail": ""}) if reply.status >= 400 and reply.json else reply


@defect(
    "error-keyword-is-always-the-same",
    source="RFC7644-3.12-22",
    breaks="every refusal is called tooMany",
    killed_by="test_scim_type_fits_the_fault test_change_of_id_is_mutability test_broken_json_is_refused",
)
def error_keyword_is_always_the_same(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "scimType": "tooMany"}) if reply.status == 400 and reply.json else reply


@defect(
    "unknown-id-is-an-html-page",
    source="goauthentik/authentik#16678; RFC7644-3.12-10",
    breaks="an id that is not there is answered with the web site's 404",
    killed_by="test_unknown_resource_is_a_scim_404 test_errors_are_in_scim_form",
)
def unknown_id_is_an_html_page(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(404, HTML, b"<h1>Not found</h1>") if reply.status == 404 else reply


@defect(
    "unknown-endpoint-200",
    source="RFC7644-3.12-10",
    breaks="a path that nothing lives at is answered 200 by the web application",
    killed_by="test_unknown_endpoint_is_404",
    verdict="WARN",
)
def unknown_endpoint_200(request: Request, server: Server) -> Reply:
    reply = server(request)
    lone = request.path.count("/") == 1 and reply.status in (404, 405)
    return Reply(200, HTML, b"<div id=app></div>") if lone else reply


@defect(
    "method-that-is-not-there-200",
    source="RFC7644-3.12-17",
    breaks="a method that an endpoint lacks is answered 200",
    killed_by="test_method_that_an_endpoint_lacks_is_refused",
)
def method_that_is_not_there_200(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(200, {"message": "ok"}) if reply.status == 405 else reply


@defect(
    "number-stored-for-a-text",
    source="RFC7644-3.12-25; limosa-io/laravel-scim-server#57",
    breaks="a value of another type is stored as it is sent",
    killed_by="test_wrong_type_is_refused",
)
def number_stored_for_a_text(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Users") else None
    odd = body.get("displayName") if isinstance(body, dict) else None
    if not isinstance(odd, int):
        return server(request).each_resource(lambda r: {**r, **server.memory.get(r["id"], {})})
    reply = server(request.with_json({**request.json, "displayName": str(odd)}))
    server.memory[reply.json["id"]] = {"displayName": odd}
    return reply


@defect(
    "object-stored-for-a-list",
    source="wso2/product-is#7304, #7320; RFC7644-3.8-10",
    breaks="emails that are sent as one object come back as one object",
    killed_by="test_wrong_plurality_is_refused",
)
def object_stored_for_a_list(request: Request, server: Server) -> Reply:
    body = request.json if request.is_("POST", "/Users") else None
    odd = body.get("emails") if isinstance(body, dict) else None
    if not isinstance(odd, dict):
        return server(request).each_resource(lambda r: {**r, **server.memory.get(r["id"], {})})
    reply = server(request.with_json({**request.json, "emails": [odd]}))
    server.memory[reply.json["id"]] = {"emails": odd}
    return reply


@defect(
    "broken-json-500",
    source="apache/directory-scimple#1242; RFC7644-3.8-09",
    breaks="a body that is no JSON ends in a 500",
    killed_by="test_broken_json_is_refused test_errors_are_in_scim_form",
)
def broken_json_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if request.body and request.json is None else server(request)


@defect(
    "xml-told-as-created",
    source="RFC7644-3.8-09",
    breaks="a body that is no JSON is read as an empty object, and answered 200",
    killed_by="test_xml_is_refused",
)
def xml_told_as_created(request: Request, server: Server) -> Reply:
    xml = "xml" in request.headers.get("content-type", "").partition("/")[2]
    return Reply.of(200, {}) if request.method == "POST" and xml else server(request)


@defect(
    "unknown-attribute-500",
    source="interop-bugs patch-unknown-attribute-rejects-all; RFC7644-3.1-10",
    breaks="an attribute that the schema lacks ends in a 500",
    killed_by="test_unknown_attributes_do_no_harm",
)
def unknown_attribute_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if b"scimulatorUnknown" in request.body else server(request)


def _without_patch(request: Request, reply: Reply) -> Reply:
    """ServiceProviderConfig as a server has it that does not offer PATCH."""
    if request.path != "/ServiceProviderConfig":
        return reply
    return reply.with_json({**reply.json, "patch": {"supported": False}})


@defect(
    "patch-not-offered",
    source="RFC7644-3.5-02",
    breaks="there is no PATCH, as ServiceProviderConfig says",
    killed_by="test_patch_is_supported",
    verdict="WARN",
)
def patch_not_offered(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.method == "PATCH" else _without_patch(request, server(request))


@defect(
    "patch-not-offered-and-done-all-the-same",
    source="RFC7644-3.12-14",
    breaks="ServiceProviderConfig denies PATCH, and a PATCH ends in a 500",
    killed_by="test_feature_that_is_not_offered_is_501",
    verdict="WARN",
)
def patch_not_offered_and_done_all_the_same(request: Request, server: Server) -> Reply:
    return Reply.error(500) if request.method == "PATCH" else _without_patch(request, server(request))


@defect(
    "me-is-the-list",
    source="RFC7644-3.2-08; RFC7644-3.11-02",
    breaks="/Me is answered with the list of all users",
    killed_by="test_me_is_offered_or_501",
)
def me_is_the_list(request: Request, server: Server) -> Reply:
    return server(Request("GET", "/Users", "", request.headers)) if request.path == "/Me" else server(request)


@defect(
    "error-with-another-schema",
    source="RFC7644-3.12-02; RFC7644-8.2-01",
    breaks="errors name the schema of SCIM 1",
    killed_by=FORM + " test_messages_bear_a_registered_schema",
)
def error_with_another_schema(request: Request, server: Server) -> Reply:
    reply = server(request)
    body: Any = reply.json
    if reply.status < 400 or not isinstance(body, dict) or body.get("schemas") != [ERROR_URN]:
        return reply
    return reply.with_json({**body, "schemas": ["urn:scim:schemas:core:1.0:Error"]})
