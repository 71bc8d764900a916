"""Defects against the interoperability profile: its claim, discovery, strictness, endpoints, filters and pages."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list, kept
from conformance.defects.operations import Operation, changed
from conformance.defects.wire import Reply, Request, Server

CONFIG = "/ServiceProviderConfig"
FLAG = "interopProfileConformant"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
PATH_LESS = "test_interop_operation_without_path_is_refused test_interop_one_operation_without_path_refuses_all"


def config_with(request: Request, server: Server, **members: Any) -> Reply:
    """ServiceProviderConfig with other members; everything else as it is."""
    reply = server(request)
    return reply.with_json({**reply.json, **members}) if request.path == CONFIG and reply.ok else reply


def schema_with(request: Request, server: Server, urn: str, change: Any) -> Reply:
    """One of the published schemas changed, in the list and alone."""
    reply = server(request)
    if not request.path.startswith("/Schemas") or not reply.ok:
        return reply
    return reply.each_resource(lambda schema: change(schema) if schema.get("id") == urn else schema)


def attribute_with(schema: dict[str, Any], name: str, **members: Any) -> dict[str, Any]:
    changed_ones = [{**a, **members} if a["name"] == name else a for a in schema["attributes"]]
    return {**schema, "attributes": changed_ones}


# ── the claim ──


@defect(
    "interop-claimed-and-path-less-taken",
    source="INTEROP-4-02",
    breaks="the profile is claimed, and operations without a path are carried out key by key",
    killed_by=f"test_interop_claim_is_true {PATH_LESS} test_ipsie_interoperability_profile_is_kept",
)
def interop_claimed_and_path_less_taken(request: Request, server: Server) -> Reply:
    def by_key(operation: Operation) -> Any:
        if "path" in operation or not isinstance(operation.get("value"), dict):
            return operation
        return [{"op": operation["op"], "path": name, "value": value} for name, value in operation["value"].items()]

    if request.path == CONFIG:
        return config_with(request, server, **{FLAG: True})
    return changed(request, server, by_key)


@defect(
    "interop-claim-as-text",
    source="INTEROP-4-03",
    breaks='the claim is "true", a text',
    killed_by="test_interop_claim_has_its_form test_interop_claim_is_made",
)
def interop_claim_as_text(request: Request, server: Server) -> Reply:
    return config_with(request, server, **{FLAG: "true"})


@defect(
    "interop-claim-declared-as-text",
    source="INTEROP-4-03",
    breaks="the published schema declares the claim as a string that can be written",
    killed_by="test_interop_claim_has_its_form",
)
def interop_claim_declared_as_text(request: Request, server: Server) -> Reply:
    definition = {"name": FLAG, "type": "string", "multiValued": False, "mutability": "readWrite"}

    def declared(schema: dict[str, Any]) -> dict[str, Any]:
        others = [attribute for attribute in schema["attributes"] if attribute["name"] != FLAG]
        return {**schema, "attributes": [*others, definition]}

    return schema_with(request, server, CONFIG_URN, declared)


@defect(
    "interop-not-claimed",
    source="INTEROP-4-01",
    breaks="a server that keeps the profile says that it does not",
    killed_by="test_interop_claim_is_made",
)
def interop_not_claimed(request: Request, server: Server) -> Reply:
    return config_with(request, server, **{FLAG: False})


# ── discovery ──


@defect(
    "interop-no-configuration",
    source="INTEROP-5.1-01",
    breaks="/ServiceProviderConfig is 404",
    killed_by="test_interop_configuration_is_there",
)
def interop_no_configuration(request: Request, server: Server) -> Reply:
    return Reply.error(404) if request.path == CONFIG else server(request)


@defect(
    "interop-discovery-as-bare-arrays",
    source="INTEROP-5.1-02",
    breaks="/Schemas and /ResourceTypes are arrays without a ListResponse around them",
    killed_by="test_interop_schemas_are_there test_interop_resource_types_are_there",
)
def interop_discovery_as_bare_arrays(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json(reply.json["Resources"]) if request.path in ("/Schemas", "/ResourceTypes") else reply


@defect(
    "interop-extension-not-published",
    source="INTEROP-5.1-05",
    breaks="the enterprise extension is named by the resource type and missing at /Schemas",
    killed_by="test_interop_schemas_of_resource_types_are_published",
)
def interop_extension_not_published(request: Request, server: Server) -> Reply:
    if request.path == "/Schemas":
        return kept(server(request), lambda schema: "enterprise" not in schema["id"])
    return server(request)


@defect(
    "interop-resource-type-without-id",
    source="INTEROP-5.1-07",
    breaks="resource types have a name and no id",
    killed_by="test_interop_id_of_a_resource_type_is_its_name",
)
def interop_resource_type_without_id(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.path.startswith("/ResourceTypes"):
        return reply
    return reply.each_resource(lambda rtype: {name: value for name, value in rtype.items() if name != "id"})


@defect(
    "interop-unpublished-attribute-shown",
    source="INTEROP-5.1-04",
    breaks="every resource shows accountId, which no schema has",
    killed_by="test_interop_answers_hold_published_attributes_only",
)
def interop_unpublished_attribute_shown(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("*", "/Users*") or request.is_("*", "/Groups*"):
        return reply.each_resource(lambda resource: {**resource, "accountId": "a-1"})
    return reply


@defect(
    "interop-published-title-not-stored",
    source="INTEROP-5.1-04",
    breaks="title is published and thrown away on create",
    killed_by="test_interop_published_attributes_are_kept",
)
def interop_published_title_not_stored(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict):
        return server(request.with_json({name: value for name, value in request.json.items() if name != "title"}))
    return server(request)


# ── upper and lower case ──


@defect(
    "interop-filter-compares-user-names-with-case",
    source="INTEROP-5.2-01",
    breaks="the filter on userName wants the stored spelling, the uniqueness check does not",
    killed_by="test_interop_filters_and_uniqueness_agree_on_case test_interop_user_name_is_compared_without_case",
)
def interop_filter_compares_user_names_with_case(request: Request, server: Server) -> Reply:
    reply = server(request)
    if is_list(request, "/Users") and request.filter.startswith("userName eq "):
        return kept(reply, lambda user: str(user.get("userName")) in request.filter)
    return reply


@defect(
    "interop-id-compared-without-case",
    source="INTEROP-5.2-02",
    breaks="an id in the other case leads to the same resource",
    killed_by="test_interop_id_is_compared_with_case",
)
def interop_id_compared_without_case(request: Request, server: Server) -> Reply:
    if request.is_("GET", "/Users/*"):
        user_id = request.path.rpartition("/")[2].lower()
        return server(Request("GET", f"/Users/{user_id}", request.query, request.headers))
    return server(request)


@defect(
    "interop-external-ids-compared-without-case",
    source="INTEROP-5.2-03",
    breaks="a second externalId that differs in case alone is a conflict",
    killed_by="test_interop_external_id_is_compared_with_case",
)
def interop_external_ids_compared_without_case(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict) and "externalId" in body:
        known = server.memory.setdefault(body["externalId"].lower(), body["externalId"])
        if known != body["externalId"]:
            return Reply.error(409, "uniqueness")
    return server(request)


@defect(
    "interop-user-name-declared-with-case",
    source="INTEROP-5.2-05",
    breaks="userName is declared caseExact",
    killed_by="test_interop_case_is_declared",
)
def interop_user_name_declared_with_case(request: Request, server: Server) -> Reply:
    return schema_with(request, server, USER_URN, lambda schema: attribute_with(schema, "userName", caseExact=True))
