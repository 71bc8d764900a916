"""Defects of /ResourceTypes and the discovery endpoints (RFC 7643 section 6, RFC 7644 section 4), as real servers have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

TYPES = "/ResourceTypes*"
LISTS = ("/ResourceTypes", "/Schemas")


def of_types(request: Request, server: Server, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
    """Every resource type changed."""
    reply = server(request)
    return reply.each_resource(change) if request.is_("GET", TYPES) else reply


def is_for_discovery(request: Request) -> bool:
    return request.path.split("/")[1] in ("ServiceProviderConfig", "ResourceTypes", "Schemas")


@defect(
    "schemas-plain-array",
    source="pond/scimitar#117",
    breaks="/Schemas and /ResourceTypes are bare JSON arrays",
    killed_by="test_discovery_lists_are_list_responses",
)
def schemas_plain_array(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method == "GET" and request.path in LISTS and reply.ok:
        return Reply.of(200, reply.json["Resources"])
    return reply


@defect(
    "discovery-needs-or-lacks-auth",
    source="FusionAuth/fusionauth-issues#1702; opf/openproject PR 19815; onyx-dot-app/onyx PR 8454",
    breaks="without a token the discovery endpoints are 404, as if the base URL were wrong",
    killed_by="test_discovery_without_a_token_gets_a_proper_answer",
)
def discovery_needs_or_lacks_auth(request: Request, server: Server) -> Reply:
    if is_for_discovery(request) and "authorization" not in request.headers:
        return Reply.error(404)
    return server(request)


@defect(
    "discovery-only-with-a-token",
    source="RFC7643-5-15",
    breaks="authenticationSchemes can be read only by those who have authenticated",
    killed_by="test_authentication_schemes_are_public",
    verdict="WARN",
)
def discovery_only_with_a_token(request: Request, server: Server) -> Reply:
    if is_for_discovery(request) and "authorization" not in request.headers:
        return Reply.error(401)
    return server(request)


@defect(
    "discovery-total-is-zero",
    source="RFC7644-4-04",
    breaks="totalResults of /Schemas counts nothing",
    killed_by="test_discovery_lists_are_list_responses",
)
def discovery_total_is_zero(request: Request, server: Server) -> Reply:
    reply = server(request)
    listed = request.method == "GET" and request.path in LISTS and reply.ok
    return reply.with_json({**reply.json, "totalResults": 0}) if listed else reply


@defect(
    "discovery-single-document-as-list",
    source="RFC7644-4-07",
    breaks="/Schemas/{urn} and /ResourceTypes/{name} answer with a list of one",
    killed_by="test_single_document_is_no_list test_resource_type_is_read_by_its_id test_schemas_are_found_by_their_urn",
)
def discovery_single_document_as_list(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("GET", "/ResourceTypes/*") or request.is_("GET", "/Schemas/*"):
        return reply.with_json({"totalResults": 1, "Resources": [reply.json]}) if reply.ok else reply
    return reply


@defect(
    "discovery-unknown-gets-the-first",
    source="RFC7644-4-05",
    breaks="an unknown schema or resource type is answered 200 with an empty object",
    killed_by="test_unknown_document_is_404",
)
def discovery_unknown_gets_the_first(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(200, {}) if reply.status == 404 and is_for_discovery(request) else reply


@defect(
    "discovery-filter-breaks-it",
    source="RFC7644-4-10",
    breaks="a filter on a discovery endpoint ends in a stack trace",
    killed_by="test_filter_on_discovery_is_forbidden",
    verdict="WARN",
)
def discovery_filter_breaks_it(request: Request, server: Server) -> Reply:
    return Reply.error(500) if is_for_discovery(request) and request.filter else server(request)


@defect(
    "discovery-is-paged",
    source="RFC7644-4-09",
    breaks="count cuts the discovery lists",
    killed_by="test_query_parameters_on_discovery_are_ignored",
    verdict="WARN",
)
def discovery_is_paged(request: Request, server: Server) -> Reply:
    reply, count = server(request), request.parameters.get("count")
    if count and request.method == "GET" and request.path in LISTS and reply.ok:
        return reply.with_json({**reply.json, "Resources": reply.json["Resources"][: int(count)]})
    return reply


@defect(
    "schema-urn-must-not-be-encoded",
    source="RFC7644-4-05",
    breaks="a schema's URN with %3A is not found",
    killed_by="test_urn_of_a_schema_may_be_encoded",
    verdict="WARN",
)
def schema_urn_must_not_be_encoded(request: Request, server: Server) -> Reply:
    return Reply.error(404) if "%3a" in request.path.lower() else server(request)


# ── ResourceTypes ──


@defect(
    "resource-types-without-schemas",
    source="RFC7643-6-01",
    breaks="resource types have no schemas",
    killed_by="test_resource_types_list_their_schema",
)
def resource_types_without_schemas(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {**held, "schemas": []})


@defect(
    "resource-type-id-leads-nowhere",
    source="RFC7643-6-03",
    breaks="ids of resource types are other than those under which they are found",
    killed_by="test_resource_type_is_read_by_its_id",
)
def resource_type_id_leads_nowhere(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {**held, "id": f"type-{held['name']}"})


@defect(
    "resource-types-without-endpoint",
    source="RFC7643-6-06",
    breaks="a resource type does not say where its resources are",
    killed_by="test_resource_types_have_name_endpoint_and_schema",
)
def resource_types_without_endpoint(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {k: v for k, v in held.items() if k != "endpoint"})


@defect(
    "resource-type-description-is-an-object",
    source="RFC7643-6-05",
    breaks="description is an object of translations",
    killed_by="test_description_of_a_resource_type_is_a_text",
)
def resource_type_description_is_an_object(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {**held, "description": {"en": "Users"}})


@defect(
    "meta-resource-type-in-lower-case",
    source="RFC7643-6-04",
    breaks="meta.resourceType is user, the resource type is called User",
    killed_by="test_resources_bear_the_name_of_their_type",
)
def meta_resource_type_in_lower_case(request: Request, server: Server) -> Reply:
    def lower(held: dict[str, Any]) -> dict[str, Any]:
        meta = dict(held.get("meta") or {})
        return {**held, "meta": {**meta, "resourceType": str(meta.get("resourceType")).lower()}}

    reply = server(request)
    return reply if is_for_discovery(request) else reply.each_resource(lower)


@defect(
    "resource-type-endpoint-leads-nowhere",
    source="RFC7643-6-06",
    breaks="the endpoint in /ResourceTypes has a prefix that the server does not route",
    killed_by="test_endpoint_of_a_resource_type_is_there",
)
def resource_type_endpoint_leads_nowhere(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {**held, "endpoint": f"/v2{held['endpoint']}"})


@defect(
    "schema-of-a-type-is-not-published",
    source="RFC7643-6-07",
    breaks="the enterprise extension is named in /ResourceTypes and missing at /Schemas",
    killed_by="test_schemas_of_resource_types_can_be_read test_every_schema_in_use_is_listed",
)
def schema_of_a_type_is_not_published(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("GET", "/Schemas/*enterprise*"):
        return Reply.error(404)
    if request.is_("GET", "/Schemas") and reply.ok:
        kept = [held for held in reply.json["Resources"] if "enterprise" not in held["id"]]
        return reply.with_json({**reply.json, "totalResults": len(kept), "Resources": kept})
    return reply


@defect(
    "extensions-do-not-say-required",
    source="RFC7643-6-10",
    breaks="schemaExtensions lists URNs instead of objects",
    killed_by="test_extensions_are_a_list_that_says_required",
)
def extensions_do_not_say_required(request: Request, server: Server) -> Reply:
    return of_types(
        request,
        server,
        lambda held: {**held, "schemaExtensions": [one["schema"] for one in held.get("schemaExtensions", [])]},
    )


@defect(
    "resource-types-share-an-endpoint",
    source="RFC7643-E8475-01",
    breaks="two resource types have one endpoint",
    killed_by="test_names_and_endpoints_occur_once",
)
def resource_types_share_an_endpoint(request: Request, server: Server) -> Reply:
    return of_types(request, server, lambda held: {**held, "endpoint": "/Users"})
