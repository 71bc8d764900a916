"""Defects of what leads to a resource: Location, meta.location, slashes, queries, versions in URLs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server


def relocated(reply: Reply, change: Any) -> Reply:
    """Location and meta.location changed alike."""
    if "location" in reply.headers:
        reply = reply.with_header("location", change(reply.headers["location"]))
    return reply.each_resource(
        lambda r: {**r, "meta": {**r["meta"], "location": change(r["meta"]["location"])}} if "meta" in r else r
    )


@defect(
    "location-internal-host",
    source="jelhub/scimgateway#110; simpleidserver/SimpleIdServer#37; Tr3kkR/Yuzu#2029; tuist/tuist PR 10544",
    breaks="locations show the host behind the proxy",
    killed_by="test_location_header_names_the_resource test_location_leads_to_the_resource",
    verdict="WARN",
)
def location_internal_host(request: Request, server: Server) -> Reply:
    return relocated(
        server(request), lambda url: re.sub("^http://[^/]+", "http://scim-7f9c.internal.example:8080", url)
    )


@defect(
    "location-header-missing",
    source="RFC7644-3.3-09; scimmyjs/scimmy-routers",
    breaks="a create is answered without the Location header",
    killed_by="test_location_header_names_the_resource",
)
def location_header_missing(request: Request, server: Server) -> Reply:
    return server(request).with_header("location", None)


@defect(
    "location-names-the-list",
    source="RFC7644-3.3-09",
    breaks="Location and meta.location name the endpoint, not the resource",
    killed_by="test_location_header_names_the_resource test_location_leads_to_the_resource",
)
def location_names_the_list(request: Request, server: Server) -> Reply:
    return relocated(server(request), lambda url: url.rpartition("/")[0])


@defect(
    "location-is-the-url-of-the-request",
    source="RFC7644-1.3-01",
    breaks="meta.location is the URL that was asked for, query and all",
    killed_by="test_uris_have_no_query",
)
def location_is_the_url_of_the_request(request: Request, server: Server) -> Reply:
    reply = server(request)
    return relocated(reply, lambda url: f"{url}?{request.query}") if request.query else reply


@defect(
    "location-without-the-version",
    source="RFC7644-3.13-02",
    breaks="locations lack the version of the base URL",
    killed_by="test_locations_keep_the_version",
)
def location_without_the_version(request: Request, server: Server) -> Reply:
    return relocated(server(request), lambda url: url.replace("/v2/", "/"))


@defect(
    "version-in-the-url-not-looked-at",
    source="RFC7644-3.13-03",
    breaks="any version in the URL is served like the one there is",
    killed_by="test_unknown_version_is_refused",
)
def version_in_the_url_not_looked_at(request: Request, server: Server) -> Reply:
    found = re.search("/v99/[^/]+(/.*)", request.path)
    return server(replace(request, path=found.group(1)) if found else request)


@defect(
    "trailing-slash-redirect-loses-body",
    source="concretecms#12742 and slim#138, the same class",
    breaks="POST /Users/ is led to a GET of the list, and answered 200",
    killed_by="test_trailing_slash_loses_no_create",
)
def trailing_slash_redirect_loses_body(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users/"):
        return server(Request("GET", "/Users", "", request.headers))
    return server(request)


@defect(
    "query-decoded-twice",
    source="RFC7644-1.2-01",
    breaks="the query is decoded a second time: plus signs become blanks",
    killed_by="test_percent_encoded_values_are_decoded",
)
def query_decoded_twice(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(filter=unquote_plus(request.filter)) if request.filter else request)


@defect(
    "query-with-an-unknown-name-refused",
    source="RFC7644-3.4.2-03; goauthentik/authentik#11249",
    breaks="a query parameter that is not known, such as Entra's flag, is refused 400",
    killed_by="test_unknown_query_parameters_are_ignored",
    verdict="WARN",
)
def query_with_an_unknown_name_refused(request: Request, server: Server) -> Reply:
    known = {"filter", "count", "startindex", "attributes", "excludedattributes", "sortby", "sortorder", "cursor"}
    unknown = [name for name in request.parameters if name.lower() not in known]
    return Reply.error(400, "invalidValue", f"unknown parameter {unknown[0]}") if unknown else server(request)


@defect(
    "endpoint-in-the-singular",
    source="RFC7644-3.2-01",
    breaks="users live at /User",
    killed_by="test_users_and_groups_live_at_users_and_groups",
)
def endpoint_in_the_singular(request: Request, server: Server) -> Reply:
    reply = server(replace(request, path=re.sub("^/User(?=/|$)", "/Users", request.path)))
    if request.path == "/Users":
        return Reply.error(404)
    return replace(reply, body=reply.body.replace(b'"/Users"', b'"/User"')) if "Types" in request.path else reply


@defect(
    "endpoint-of-another-type-in-the-singular",
    source="RFC7644-3.2-02",
    breaks="a resource type of the server's own, Device, lives at /Device",
    killed_by="test_endpoints_of_other_types_are_plurals",
    verdict="WARN",
)
def endpoint_of_another_type_in_the_singular(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/ResourceTypes":
        return reply
    device = {"name": "Device", "endpoint": "/Device", "schema": "urn:example:Device"}
    return reply.with_json({**reply.json, "Resources": [*reply.json["Resources"], device]})


@defect(
    "resource-type-with-two-endpoints",
    source="RFC7644-E8365-01",
    breaks="a resource type names two endpoints",
    killed_by="test_resource_type_has_one_endpoint",
)
def resource_type_with_two_endpoints(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/ResourceTypes":
        return reply
    both = [{**entry, "endpoint": [entry["endpoint"], "/People"]} for entry in reply.json["Resources"]]
    return reply.with_json({**reply.json, "Resources": both})
