"""Defects that other test tools look for as well: discovery, odd types, mixed keys, projected writes, PATCH of nothing."""

from __future__ import annotations

import re
import time
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.configuration import of_config
from conformance.defects.discovery import of_types
from conformance.defects.lists import asks, kept, with_filter, with_resources
from conformance.defects.operations import is_, quietly, without
from conformance.defects.wire import Reply, Request, Server

Json = dict[str, Any]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ONE = "/Users/*"


# ── discovery ──


@defect(
    "config-lists-no-scheme",
    source="RFC7643-5-14",
    breaks="authenticationSchemes is an empty list",
    killed_by="test_authentication_schemes_are_not_empty",
    verdict="WARN",
)
def config_lists_no_scheme(request: Request, server: Server) -> Reply:
    return of_config(request, server, authenticationSchemes=[])


@defect(
    "required-extension-is-not-demanded",
    source="RFC7643-6-10",
    breaks="the extension is called required, and users without it are created",
    killed_by="test_required_extension_is_demanded",
)
def required_extension_is_not_demanded(request: Request, server: Server) -> Reply:
    def required(rtype: Json) -> Json:
        return {**rtype, "schemaExtensions": [{**e, "required": True} for e in rtype.get("schemaExtensions") or ()]}

    return of_types(request, server, required)


@defect(
    "schemas-can-be-deleted-all-at-once",
    source="RFC7643-7-02",
    breaks="DELETE /Schemas is answered with success",
    killed_by="test_schemas_are_read_only",
)
def schemas_can_be_deleted_all_at_once(request: Request, server: Server) -> Reply:
    return Reply(204) if request.is_("DELETE", "/Schemas") else server(request)


# ── values ──


@defect(
    "object-stored-for-a-text",
    source="RFC7643-2.3-02",
    breaks="an object for nickName is stored as it is",
    killed_by="test_value_of_another_type_never_comes_back",
)
def object_stored_for_a_text(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST|PUT") and isinstance(body, dict) and isinstance(body.get("nickName"), dict):
        server.memory["value"] = body["nickName"]
        request = request.with_json({**body, "nickName": None})
    reply = server(request)
    return reply.each_resource(lambda held: {**held, "nickName": server.memory["value"]}) if server.memory else reply


@defect(
    "password-in-the-answer-to-a-patch",
    source="RFC7643-7-27",
    breaks="the answers to PUT and PATCH show the password, those to GET do not",
    killed_by="test_hidden_values_are_in_no_answer_to_a_write",
)
def password_in_the_answer_to_a_patch(request: Request, server: Server) -> Reply:
    reply = server(request)
    shown = request.is_("PUT|PATCH", ONE) and b"password" in request.body
    return reply.each_resource(lambda held: {**held, "password": "Zz9!shown"}) if shown else reply


@defect(
    "create-of-nothing-makes-somebody",
    source="RFC7643-7-13",
    breaks="POST of {} makes a user with an invented name",
    killed_by="test_empty_object_creates_nobody",
)
def create_of_nothing_makes_somebody(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and request.json == {}:
        number = server.memory["number"] = server.memory.get("number", 0) + 1
        return server(request.with_json({"schemas": [USER], "userName": f"unnamed-{number}-{time.time_ns()}"}))
    return server(request)


# ── filters and projections ──


@defect(
    "filter-user-name-also-finds-ids",
    source="RFC7644-3.4.2.2-03",
    breaks="userName eq with somebody's id finds them",
    killed_by="test_filters_do_not_mix_keys_up",
)
def filter_user_name_also_finds_ids(request: Request, server: Server) -> Reply:
    asked = re.fullmatch(r'userName eq "([^"@/]+)"', request.filter)
    user = server.get(f"/Users/{asked[1]}", request) if asked and request.is_("GET", "/Users") else None
    reply = server(request)
    return with_resources(reply, [user]) if user else reply


@defect(
    "filter-on-groups-of-a-user-finds-all",
    source="RFC7644-3.4.2.2-34",
    breaks="groups.value eq finds whoever is in any group",
    killed_by="test_users_are_found_by_their_group",
)
def filter_on_groups_of_a_user_finds_all(request: Request, server: Server) -> Reply:
    return server(with_filter(request, "groups pr") if asks(request, "groups.value eq") else request)


@defect(
    "filter-on-members-finds-nobody",
    source="RFC7644-3.4.2.2-34",
    breaks="a filter on members finds no group",
    killed_by="test_groups_are_found_by_a_member",
)
def filter_on_members_finds_nobody(request: Request, server: Server) -> Reply:
    reply = server(request)
    return kept(reply, lambda held: False) if asks(request, "members") else reply


@defect(
    "excluded-attributes-ignored-by-writes",
    source="RFC7644-3.9-02",
    breaks="excludedAttributes counts for reads alone",
    killed_by="test_answers_to_writes_leave_out_what_is_excluded",
    verdict="WARN",
)
def excluded_attributes_ignored_by_writes(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(excludedAttributes=None) if request.is_("POST|PUT|PATCH") else request)


# ── PATCH ──


@defect(
    "patch-remove-of-an-unknown-attribute-succeeds",
    source="RFC7644-3.5.2-11",
    breaks="remove with a path to nowhere is answered with success",
    killed_by="test_removal_of_an_unknown_attribute_is_refused",
    verdict="WARN",
)
def patch_remove_of_an_unknown_attribute_succeeds(request: Request, server: Server) -> Reply:
    reply = server(request)
    return quietly(request, server) if request.operations and reply.status == 400 else reply


@defect(
    "patch-replace-with-an-empty-list-does-nothing",
    source="RFC7644-3.5.2.3-03",
    breaks="replace of a list with [] is answered with success and leaves the list",
    killed_by="test_replace_with_nothing_leaves_no_old_value",
)
def patch_replace_with_an_empty_list_does_nothing(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if is_(o, "replace") and o.get("value") == []])


@defect(
    "patch-dotted-key-becomes-an-attribute",
    source="class of bug: a path-less value is merged into the document",
    breaks='{"name.familyName": …} without a path is stored under this very name',
    killed_by="test_dotted_key_is_a_path_or_refused",
)
def patch_dotted_key_becomes_an_attribute(request: Request, server: Server) -> Reply:
    values = [o["value"] for o in request.operations if "path" not in o and isinstance(o.get("value"), dict)]
    if dotted := {name: value for held in values for name, value in held.items() if name == "name.familyName"}:
        server.memory.setdefault(request.path, {}).update(dotted)
        return quietly(request, server)
    reply = server(request)
    return reply.each_resource(lambda held: {**held, **server.memory.get(request.path, {})})


@defect(
    "patch-empty-op-means-replace",
    source="RFC7644-3.5.2-05",
    breaks="an operation with an empty op is carried out as replace",
    killed_by="test_unknown_op_is_refused",
)
def patch_empty_op_means_replace(request: Request, server: Server) -> Reply:
    if any(operation.get("op") == "" for operation in request.operations):
        return server(request.with_operations([{**o, "op": o["op"] or "replace"} for o in request.operations]))
    return server(request)
