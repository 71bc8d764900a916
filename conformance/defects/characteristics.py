"""Defects of attributes against their own declaration (RFC 7643 section 7), as real servers have them."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.schemas import ENTERPRISE, USER, redeclared
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]


def without(resource: Json, *names: str) -> Json:
    return {key: value for key, value in resource.items() if key not in names}


def overlaid(request: Request, server: Server, name: str) -> Reply:
    """The server, which remembers what clients sent under a name and shows it as its own."""
    body = request.json
    if request.is_("POST|PUT") and isinstance(body, dict) and name in body:
        server.memory["value"] = body[name]
    elif any(operation.get("path") == name for operation in request.operations):
        server.memory["value"] = request.operations[0]["value"]
        return Reply(204)
    reply = server(request)
    return reply.each_resource(lambda held: {**held, name: server.memory["value"]}) if server.memory else reply


# ── values ──


@defect(
    "attribute-lost-on-create",
    source="class of bug: the column exists, the mapping does not",
    breaks="nickName and department of a new user are dropped without a word",
    killed_by="test_each_value_is_stored_on_create",
    verdict="WARN",
)
def attribute_lost_on_create(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users"):
        body = without(request.json, "nickName")
        return server(request.with_json({**body, ENTERPRISE: without(body.get(ENTERPRISE, {}), "department")}))
    return server(request)


@defect(
    "attribute-refused-on-create",
    source="class of bug: a library without x509Certificates behind the standard schema",
    breaks="a user with certificates is refused though /Schemas lists them",
    killed_by="test_each_value_is_stored_on_create",
)
def attribute_refused_on_create(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and "x509Certificates" in request.json:
        return Reply.error(400, "invalidValue")
    return server(request)


@defect(
    "boolean-shown-as-text",
    source="RFC7643-2.3-02",
    breaks="active is shown as text",
    killed_by="test_each_value_is_stored_on_create",
)
def boolean_shown_as_text(request: Request, server: Server) -> Reply:
    return server(request).each_resource(lambda held: {**held, "active": str(held.get("active")).lower()})


@defect(
    "attribute-not-replaced-by-put",
    source="RFC7644-3.5.1-04",
    breaks="a PUT leaves addresses as they were",
    killed_by="test_each_value_is_replaced_by_put",
)
def attribute_not_replaced_by_put(request: Request, server: Server) -> Reply:
    before = server.get(request.path, request) if request.is_("PUT", "/Users/*") else None
    if isinstance(before, dict) and "addresses" in before:
        return server(request.with_json({**request.json, "addresses": before["addresses"]}))
    return server(request)


@defect(
    "patch-remove-of-simple-attributes-does-nothing",
    source="RFC7644-3.5.2.2-01",
    breaks="PATCH remove of a simple attribute is answered with success and nothing happens",
    killed_by="test_each_value_is_added_replaced_and_removed_by_patch",
)
def patch_remove_of_simple_attributes_does_nothing(request: Request, server: Server) -> Reply:
    if any(operation.get("op") == "remove" and operation.get("path") == "title" for operation in request.operations):
        return Reply(204)
    return server(request)


@defect(
    "patch-of-a-part-loses-the-others",
    source="RFC7644-3.5.2.3-03",
    breaks="PATCH of name.givenName replaces the whole name",
    killed_by="test_each_part_is_patched_by_its_path",
)
def patch_of_a_part_loses_the_others(request: Request, server: Server) -> Reply:
    changed = []
    for operation in request.operations:
        head, _, part = str(operation.get("path", "")).partition(".")
        if head == "name" and part and operation.get("op") == "replace":
            changed.append({"op": "remove", "path": "name"})
        changed.append(operation)
    return server(request.with_operations(changed)) if changed else server(request)


# ── mutability ──


@defect(
    "read-only-groups-are-stored",
    source="RFC7643-7-21",
    breaks="groups that a client sends with a user are kept and shown",
    killed_by="test_read_only_values_are_ignored_by_post_and_put test_read_only_values_are_refused_by_patch",
)
def read_only_groups_are_stored(request: Request, server: Server) -> Reply:
    return overlaid(request, server, "groups")


@defect(
    "immutable-value-changes",
    source="RFC7643-7-23",
    breaks="nickName is declared immutable and changes like any other",
    killed_by="test_immutable_values_are_set_once",
)
def immutable_value_changes(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "nickName", mutability="immutable")


@defect(
    "required-attribute-is-optional",
    source="RFC7643-7-13",
    breaks="a user without userName gets one of the server's making",
    killed_by="test_required_attributes_are_demanded",
)
def required_attribute_is_optional(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and "userName" not in body:
        return server(request.with_json({**body, "userName": f"unnamed-{len(request.body)}-{id(request)}"}))
    return server(request)


@defect(
    "unique-value-taken-twice",
    source="RFC7643-7-34",
    breaks="a second user with the same userName is made under a changed one",
    killed_by="test_unique_values_are_taken_once",
    verdict="WARN",
)
def unique_value_taken_twice(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("POST", "/Users") and reply.status == 409:
        return server(request.with_json({**request.json, "userName": f"{request.json['userName']}2"}))
    return reply


@defect(
    "unique-value-taken-by-a-change",
    source="RFC7643-7-32",
    breaks="PUT and PATCH to a taken userName succeed, and both are shown with it",
    killed_by="test_unique_values_are_not_taken_by_a_change",
)
def unique_value_taken_by_a_change(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("PUT", "/Users/*") and reply.status == 409:
        server.memory[request.path] = request.json["userName"]
        return Reply.of(200, {**request.json, "id": request.path.rpartition("/")[2]})
    if request.is_("GET") and request.path in server.memory:
        return reply.each_resource(lambda held: {**held, "userName": server.memory[request.path]})
    return reply


# ── returned, caseExact, canonical values, primary ──


@defect(
    "password-or-secret-shown-on-read",
    source="RFC7643-7-27",
    breaks="the password is shown in every answer",
    killed_by="test_hidden_values_are_in_no_answer",
)
def password_or_secret_shown_on_read(request: Request, server: Server) -> Reply:
    return server(request).each_resource(lambda held: {**held, "password": "********"})


@defect(
    "projection-drops-the-id",
    source="RFC7643-7-26",
    breaks="attributes returns what was asked for and no id",
    killed_by="test_what_is_always_returned_survives_projections",
)
def projection_drops_the_id(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.each_resource(lambda held: without(held, "id")) if "attributes" in request.parameters else reply


@defect(
    "on-request-is-always",
    source="RFC7643-7-30",
    breaks="title is declared as returned on request and is in every answer",
    killed_by="test_what_is_returned_on_request_waits_for_one",
)
def on_request_is_always(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "title", returned="request")


@defect(
    "case-exact-values-are-lowered",
    source="RFC7643-7-18",
    breaks="URLs are stored in lower case",
    killed_by="test_case_exact_values_keep_their_case",
)
def case_exact_values_are_lowered(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and "profileUrl" in request.json:
        return server(request.with_json({**request.json, "profileUrl": request.json["profileUrl"].lower()}))
    return server(request)


@defect(
    "canonical-values-are-an-enum",
    source="RFC7643-7-14",
    breaks="/Schemas suggests pager, and the store knows work, home and mobile",
    killed_by="test_canonical_values_are_taken",
    verdict="WARN",
)
def canonical_values_are_an_enum(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and "phoneNumbers" in request.json:
        known = [one for one in request.json["phoneNumbers"] if one.get("type") in ("work", "home", "mobile")]
        return server(request.with_json({**request.json, "phoneNumbers": known}))
    return server(request)


@defect(
    "primary-is-the-first",
    source="RFC7643-2.4-03",
    breaks="the first element of each list is primary, whatever was sent",
    killed_by="test_primary_of_each_list_is_one_and_moves",
)
def primary_is_the_first(request: Request, server: Server) -> Reply:
    def first(held: Json) -> Json:
        mails = [{**one, "primary": place == 0} for place, one in enumerate(held.get("emails", []))]
        return {**held, "emails": mails} if mails else held

    return server(request).each_resource(first)
