"""Defects of users and their attributes (RFC 7643 sections 4.1.1 and 4.1.2): names, passwords, lists, hostile values."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks
from conformance.defects.replies import Resource, body_of, sent, shown, with_values, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "create-demands-an-email",
    source="ory/polis#4065",
    breaks="a create without e-mail is refused, though /Schemas calls it optional",
    killed_by="test_optional_attributes_may_be_left_out",
)
def create_demands_an_email(request: Request, server: Server) -> Reply:
    body = body_of(request, "POST", "/Users")
    return Reply.error(400, "invalidValue") if body and not body.get("emails") else server(request)


@defect(
    "user-name-made-up",
    source="RFC7643-4.1.1-01",
    breaks="a user without userName, or with an empty one, is given one",
    killed_by="test_user_without_user_name_is_refused",
)
def user_name_made_up(request: Request, server: Server) -> Reply:
    return sent(
        request,
        server,
        lambda body: {**body, "userName": body.get("userName") or "scimulator-check-0"},
        "POST",
        "/Users",
    )


@defect(
    "user-name-taken-twice",
    source="FusionAuth/fusionauth-issues#1776",
    breaks="a second user with the same userName, in any case, is made",
    killed_by="test_user_names_are_unique test_user_names_are_unique_without_case",
)
def user_name_taken_twice(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and reply.status == 409:
        name = request.json["userName"]
        made = server(request.with_json({**request.json, "userName": f"{name}.2"}))
        return made.each_resource(lambda item: {**item, "userName": name})
    return reply


@defect(
    "user-name-conflict-hidden",
    source="RFC7643-4.1.1-02",
    breaks="a PUT or PATCH to somebody else's userName is answered with success, and nothing happens",
    killed_by="test_user_name_cannot_be_changed_to_a_taken_one",
)
def user_name_conflict_hidden(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("PUT|PATCH", "/Users/*") and reply.status == 409:
        return server(Request("GET", request.path, "", request.headers))
    return reply


@defect(
    "user-type-from-a-list",
    source="RFC7643-4.1.1-10",
    breaks="a userType other than Employee and Contractor is dropped",
    killed_by="test_user_attribute_takes_its_format",
    verdict="WARN",
)
def user_type_from_a_list(request: Request, server: Server) -> Reply:
    known = ("Employee", "Contractor")
    return sent(request, server, lambda body: body if body.get("userType") in known else without(body, "userType"))


@defect(
    "preferred-language-is-one",
    source="RFC7643-4.1.1-11",
    breaks="of a list of languages the first is stored",
    killed_by="test_user_attribute_takes_its_format",
)
def preferred_language_is_one(request: Request, server: Server) -> Reply:
    return with_values(request, server, preferredLanguage=lambda held: str(held).partition(",")[0])


@defect(
    "display-name-composed",
    source="RFC7643-4.1.1-06",
    breaks="displayName is always given name and family name",
    killed_by="test_display_name_comes_back",
    verdict="WARN",
)
def display_name_composed(request: Request, server: Server) -> Reply:
    def composed(item: Resource) -> Resource:
        name = item.get("name") or {}
        return {**item, "displayName": f"{name.get('givenName')} {name.get('familyName')}"} if name else item

    return shown(request, server, composed)


@defect(
    "names-exchanged",
    source="RFC7643-4.1.1-04",
    breaks="givenName and familyName are exchanged when they are read",
    killed_by="test_name_comes_back_whole_or_in_parts",
    verdict="WARN",
)
def names_exchanged(request: Request, server: Server) -> Reply:
    def exchanged(held: Resource) -> Resource:
        return {**held, "givenName": held.get("familyName"), "familyName": held.get("givenName")}

    return with_values(request, server, method="GET", name=exchanged)


@defect(
    "locale-with-an-underscore-is-500",
    source="RFC7643-4.1.1-13",
    breaks="a locale with an underscore breaks the server",
    killed_by="test_locale_with_an_underscore_is_taken_or_refused",
    verdict="WARN",
)
def locale_with_an_underscore_is_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if "_" in str(body_of(request).get("locale")) else server(request)


@defect(
    "url-without-a-scheme-is-500",
    source="RFC7643-4.1.1-09",
    breaks="a profileUrl that is no URL breaks the server",
    killed_by="test_url_without_a_scheme_does_no_harm",
)
def url_without_a_scheme_is_500(request: Request, server: Server) -> Reply:
    url = body_of(request).get("profileUrl")
    return Reply.error(500) if url and "://" not in url else server(request)


@defect(
    "inactive-user-is-404",
    source="RFC7643-4.1.1-15",
    breaks="a user with active false is found no more",
    killed_by="test_inactive_user_stays_readable",
)
def inactive_user_is_404(request: Request, server: Server) -> Reply:
    reply = server(request)
    hidden = request.is_("GET", "/Users/*") and reply.ok and reply.json.get("active") is False
    return Reply.error(404) if hidden else reply


@defect(
    "new-user-without-active-is-inactive",
    source="GluuFederation/SCIM-Client#63; valon-technologies/gestalt#3167",
    breaks="who is created without active cannot work",
    killed_by="test_user_without_active_can_work",
    verdict="WARN",
)
def new_user_without_active_is_inactive(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: {"active": False, **body}, "POST", "/Users")


# ── passwords ──


@defect(
    "password-returned-after-create",
    source="RFC7643-4.1.1-16",
    breaks="the answer to a create has a hash of the password",
    killed_by="test_password_is_never_returned",
)
def password_returned_after_create(request: Request, server: Server) -> Reply:
    return shown(request, server, lambda item: {**item, "password": "$2b$12$abcdefghijk"}, method="POST")


@defect(
    "password-returned-in-lists",
    source="RFC7643-4.1.1-16",
    breaks="lists show the password that was sent last",
    killed_by="test_password_is_never_returned",
)
def password_returned_in_lists(request: Request, server: Server) -> Reply:
    server.memory["last"] = body_of(request).get("password") or server.memory.get("last")
    if asks(request, "userName"):
        return shown(request, server, lambda item: {**item, "title": server.memory["last"]})
    return server(request)


@defect(
    "password-in-error-text",
    source="RFC7643-4.1.1-16",
    breaks="an error repeats the body of the request",
    killed_by="test_password_is_in_no_error",
)
def password_in_error_text(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.status < 400 or not request.body:
        return reply
    return reply.with_json({**reply.json, "detail": f"cannot take {request.body.decode()}"})


@defect(
    "password-in-bulk-result",
    source="RFC7643-4.1.1-16",
    breaks="a bulk response repeats the data of its operations",
    killed_by="test_password_is_in_no_bulk_result",
)
def password_in_bulk_result(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/Bulk" or not reply.ok:
        return reply
    asked = request.json["Operations"]
    results = [
        {**item, "response": one.get("data")} for item, one in zip(reply.json["Operations"], asked, strict=False)
    ]
    return reply.with_json({**reply.json, "Operations": results})


@defect(
    "password-filter-is-500",
    source="RFC7643-4.1.1-21",
    breaks="a filter on password breaks the server",
    killed_by="test_password_filter_gets_a_proper_answer",
    verdict="WARN",
)
def password_filter_is_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if asks(request, "password") else server(request)


@defect(
    "password-patch-is-500",
    source="RFC7643-4.1.1-22",
    breaks="a PATCH of password breaks the server",
    killed_by="test_password_can_be_set_by_patch",
)
def password_patch_is_500(request: Request, server: Server) -> Reply:
    return Reply.error(500) if any(o.get("path") == "password" for o in request.operations) else server(request)


# ── values that are commands elsewhere ──


@defect(
    "hostile-name-stripped",
    source="RFC7643-9.2-02",
    breaks="quotes and brackets are taken out of a userName before it is stored",
    killed_by="test_hostile_name_is_a_name_or_refused",
    verdict="WARN",
)
def hostile_name_stripped(request: Request, server: Server) -> Reply:
    def stripped(name: Any) -> str:
        return "".join(letter for letter in str(name) if letter not in "'\"<>;(){}$*\\")

    return sent(
        request, server, lambda body: {**body, "userName": stripped(body["userName"])} if "userName" in body else body
    )


@defect(
    "hostile-filter-finds-everybody",
    source="wso2-open-operations/cs-tools#1593",
    breaks="a quote in a filter's value ends the comparison",
    killed_by="test_hostile_filter_value_finds_nobody",
    verdict="WARN",
)
def hostile_filter_finds_everybody(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter="userName pr")) if asks(request, "' OR '") else server(request)


@defect(
    "hostile-id-is-a-pattern",
    source="wso2/carbon-kernel#306",
    breaks="an id with a wildcard at its end finds the user",
    killed_by="test_hostile_id_leads_nowhere",
    verdict="WARN",
)
def hostile_id_is_a_pattern(request: Request, server: Server) -> Reply:
    place, mark, _ = request.path.partition("%25")
    return server(Request("GET", place, "", request.headers)) if mark else server(request)
