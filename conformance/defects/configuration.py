"""Defects of ServiceProviderConfig (RFC 7643 section 5): what it says wrongly, and what it promises in vain."""

from __future__ import annotations

from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.discovery import is_for_discovery
from conformance.defects.wire import Reply, Request, Server

CONFIG = "/ServiceProviderConfig"


def of_config(request: Request, server: Server, **changes: Any) -> Reply:
    """The configuration with other values."""
    reply = server(request)
    return reply.with_json({**reply.json, **changes}) if request.is_("GET", CONFIG) and reply.ok else reply


@defect(
    "config-as-list",
    source="RFC7644-4-02",
    breaks="the configuration comes wrapped in a ListResponse",
    killed_by="test_configuration_is_one_object_of_its_schema",
)
def config_as_list(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({"Resources": [reply.json]}) if request.is_("GET", CONFIG) and reply.ok else reply


@defect(
    "config-with-schema-of-version-1",
    source="RFC7643-5-01",
    breaks="schemas of the configuration is that of SCIM 1.1",
    killed_by="test_configuration_is_one_object_of_its_schema",
)
def config_with_schema_of_version_1(request: Request, server: Server) -> Reply:
    return of_config(request, server, schemas=["urn:scim:schemas:core:1.0"])


@defect(
    "config-id-is-a-number",
    source="RFC7643-5-03",
    breaks="the configuration has the primary key of its table as id, and meta null",
    killed_by="test_common_attributes_of_discovery_are_right_if_there",
)
def config_id_is_a_number(request: Request, server: Server) -> Reply:
    return of_config(request, server, id=1, meta=None)


@defect(
    "config-feature-missing",
    source="RFC7643-5-12",
    breaks="sort is left out, and patch.supported is a text",
    killed_by="test_configuration_says_whether_a_feature_is_supported",
)
def config_feature_missing(request: Request, server: Server) -> Reply:
    return of_config(request, server, sort={}, patch={"supported": "true"})


@defect(
    "config-limits-as-text",
    source="RFC7643-5-07",
    breaks="maxOperations is a text, maxResults is missing",
    killed_by="test_configuration_gives_its_limits",
)
def config_limits_as_text(request: Request, server: Server) -> Reply:
    bulk = {"supported": True, "maxOperations": "1000", "maxPayloadSize": 0}
    return of_config(request, server, bulk=bulk, filter={"supported": True})


@defect(
    "config-one-scheme-without-a-list",
    source="RFC7643-5-14",
    breaks="authenticationSchemes is one object",
    killed_by="test_authentication_schemes_are_a_list_of_objects",
)
def config_one_scheme_without_a_list(request: Request, server: Server) -> Reply:
    return of_config(request, server, authenticationSchemes={"type": "oauthbearertoken", "name": "Token"})


@defect(
    "config-scheme-without-type",
    source="RFC7643-5-16; erratum 8011 (reported): the printed schema lacks it",
    breaks="an authentication scheme has a name and no type, as in the printed schema",
    killed_by="test_authentication_schemes_are_described",
)
def config_scheme_without_type(request: Request, server: Server) -> Reply:
    return of_config(request, server, authenticationSchemes=[{"name": "Token", "description": "A token"}])


@defect(
    "config-link-is-no-url",
    source="RFC7643-5-04",
    breaks="documentationUri is a file name",
    killed_by="test_links_of_the_configuration_are_urls",
    verdict="WARN",
)
def config_link_is_no_url(request: Request, server: Server) -> Reply:
    return of_config(request, server, documentationUri="docs/help.htm")


@defect(
    "discovery-can-be-written",
    source="RFC7643-5-02",
    breaks="writes to the discovery endpoints are answered with success",
    killed_by="test_configuration_is_read_only test_resource_types_are_read_only test_schemas_are_read_only",
)
def discovery_can_be_written(request: Request, server: Server) -> Reply:
    if is_for_discovery(request) and request.is_("PUT|PATCH"):
        return Reply.of(200, request.json)
    return server(request)


@defect(
    "promised-patch-is-not-there",
    source="unitycatalog/unitycatalog#423",
    breaks="patch.supported is true and PATCH is 501",
    killed_by="test_promised_patch_is_there",
)
def promised_patch_is_not_there(request: Request, server: Server) -> Reply:
    return Reply.error(501) if request.method == "PATCH" else server(request)


@defect(
    "promised-filter-is-not-there",
    source="RFC7643-5-09",
    breaks="filter.supported is true and the parameter is ignored",
    killed_by="test_promised_filter_is_there",
)
def promised_filter_is_not_there(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=None))


@defect(
    "promised-sort-is-not-there",
    source="RFC7643-5-12",
    breaks="sort.supported is true and sortBy is ignored",
    killed_by="test_promised_sort_is_there test_each_attribute_is_sorted_by",
)
def promised_sort_is_not_there(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(sortBy=None, sortOrder=None))


@defect(
    "promised-etag-is-not-there",
    source="RFC7643-5-13",
    breaks="etag.supported is true and no answer has an ETag",
    killed_by="test_promised_etag_is_there",
)
def promised_etag_is_not_there(request: Request, server: Server) -> Reply:
    return server(request).with_header("etag", None)


@defect(
    "promised-password-change-is-not-there",
    source="RFC7643-5-11",
    breaks="changePassword.supported is true and a PATCH or PUT with password is refused",
    killed_by="test_promised_password_change_is_there test_hidden_values_can_be_changed",
)
def promised_password_change_is_not_there(request: Request, server: Server) -> Reply:
    if request.is_("PATCH|PUT", "/Users/*") and b"password" in request.body:
        return Reply.error(400, "mutability")
    return of_config(request, server, changePassword={"supported": True})


@defect(
    "config-announces-a-smaller-page",
    source="RFC7643-5-10; goauthentik/authentik#13386",
    breaks="filter.maxResults is 1 and pages are larger",
    killed_by="test_no_page_is_larger_than_the_announced_maximum",
)
def config_announces_a_smaller_page(request: Request, server: Server) -> Reply:
    return of_config(request, server, filter={"supported": True, "maxResults": 1})
