"""Defects against the IPSIE profile's users, level AL2: attributes that are missing, passwords, lists."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.interop import USER_URN, config_with, schema_with
from conformance.defects.lists import is_list, resources_of, with_resources
from conformance.defects.operations import without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "ipsie-creation-without-location",
    source="IPSIE-AL2-6.1.3-01",
    breaks="a creation is answered without a Location",
    killed_by="test_ipsie_user_is_created_and_changed",
)
def ipsie_creation_without_location(request: Request, server: Server) -> Reply:
    return server(request).with_header("location", None)


@defect(
    "ipsie-schemas-lack-names",
    source="IPSIE-AL2-6.1.1-02",
    breaks="displayName is in no published schema",
    killed_by="test_ipsie_user_has_the_attribute test_ipsie_group_has_the_attribute",
)
def ipsie_schemas_lack_names(request: Request, server: Server) -> Reply:
    def nameless(schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, "attributes": [a for a in schema["attributes"] if a["name"] != "displayName"]}

    reply = server(request)
    return reply.each_resource(nameless) if request.path.startswith("/Schemas") and reply.ok else reply


@defect(
    "ipsie-external-ids-dropped",
    source="IPSIE-AL2-6.1.1-04",
    breaks="externalId is thrown away on create",
    killed_by="test_ipsie_user_has_an_external_id test_ipsie_group_has_an_external_id test_ipsie_filter_by_external_id",
)
def ipsie_external_ids_dropped(request: Request, server: Server) -> Reply:
    if request.method == "POST" and isinstance(request.json, dict):
        return server(request.with_json({name: value for name, value in request.json.items() if name != "externalId"}))
    return server(request)


@defect(
    "ipsie-passwords-taken",
    source="IPSIE-AL2-6.1.2-01",
    breaks="password is published, and thrown away on create instead of refused",
    killed_by="test_ipsie_password_does_not_exist",
)
def ipsie_passwords_taken(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict):
        return server(request.with_json({name: value for name, value in request.json.items() if name != "password"}))
    return _with_attribute(request, server, "password")


@defect(
    "ipsie-token-in-a-schema",
    source="IPSIE-AL2-6.1.2-03",
    breaks="the schema of users has an apiToken",
    killed_by="test_ipsie_schemas_have_no_credentials",
    verdict="WARN",
)
def ipsie_token_in_a_schema(request: Request, server: Server) -> Reply:
    return _with_attribute(request, server, "apiToken")


@defect(
    "ipsie-title-never-changes",
    source="IPSIE-AL2-6.1.4-01",
    breaks="PATCH of title succeeds without effect",
    killed_by="test_ipsie_each_attribute_is_changed_by_patch",
)
def ipsie_title_never_changes(request: Request, server: Server) -> Reply:
    return without(request, server, [o for o in request.operations if o.get("path") == "title"])


@defect(
    "ipsie-list-forgets-the-last",
    source="IPSIE-AL2-6.1.5-01",
    breaks="the last of a list is left out",
    killed_by="test_ipsie_all_users_are_listed test_ipsie_all_groups_are_listed",
)
def ipsie_list_forgets_the_last(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request, "/Users", "/Groups") and not request.filter:
        return with_resources(reply, resources_of(reply)[:-1])
    return reply


@defect(
    "ipsie-pages-of-five-thousand",
    source="IPSIE-AL2-6.1.5-02",
    breaks="a page may hold five thousand",
    killed_by="test_ipsie_page_holds_a_thousand_at_most",
    verdict="WARN",
)
def ipsie_pages_of_five_thousand(request: Request, server: Server) -> Reply:
    return config_with(request, server, filter={"supported": True, "maxResults": 5000})


@defect(
    "ipsie-no-cursors",
    source="IPSIE-AL2-6.1.5-03",
    breaks="there are no cursors",
    killed_by="test_ipsie_lists_have_cursors",
    verdict="WARN",
)
def ipsie_no_cursors(request: Request, server: Server) -> Reply:
    return config_with(request, server, pagination={"cursor": False, "index": True})


def _with_attribute(request: Request, server: Server, name: str) -> Reply:
    definition = {"name": name, "type": "string", "multiValued": False, "mutability": "writeOnly", "returned": "never"}

    def added(schema: dict[str, Any]) -> dict[str, Any]:
        return {**schema, "attributes": [*schema["attributes"], definition]}

    return schema_with(request, server, USER_URN, added)
