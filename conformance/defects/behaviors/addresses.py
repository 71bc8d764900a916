"""Defects of URLs and discovery: where resources are, and what /Schemas and /ResourceTypes publish."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.defects.changes import relocated
from conformance.defects.lists import resources_of, with_filter
from conformance.defects.wire import Reply, Request, Server

SINGLE = "/Users/*"
Json = dict[str, Any]


def _is_for_discovery(request: Request) -> bool:
    return request.path.split("/")[1] in ("ServiceProviderConfig", "ResourceTypes", "Schemas")


def _of_schemas(reply: Reply, request: Request, change: Callable[[Json], Json]) -> Reply:
    """Change every published schema, both in the list and when it is read alone."""
    return reply.each_resource(change) if request.is_("GET", "/Schemas*") else reply


def location_is_the_url_of_the_request(request: Request, server: Server) -> Reply:
    reply = server(request)
    return relocated(reply, lambda url: f"{url}?{request.query}") if request.query else reply


def interop_location_names_the_user(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("POST", "/Users") or reply.status != 201:
        return reply
    place = f"/Users/{reply.json['userName']}"
    return reply.with_json({**reply.json, "meta": {**reply.json["meta"], "location": place}}).with_header(
        "location", place
    )


def interop_user_addressed_by_name(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("GET", SINGLE) and reply.status == 404:
        value = unquote(request.path.rpartition("/")[2])
        for name in ("userName", "externalId"):
            asked = with_filter(Request("GET", "/Users", "", request.headers), f'{name} eq "{value}"')
            for user in resources_of(server(asked)):
                return Reply.of(200, user)
    return reply


def interop_id_compared_without_case(request: Request, server: Server) -> Reply:
    if request.is_("GET", "/Users/*"):
        user_id = request.path.rpartition("/")[2].lower()
        return server(Request("GET", f"/Users/{user_id}", request.query, request.headers))
    return server(request)


def endpoint_in_the_singular(request: Request, server: Server) -> Reply:
    reply = server(replace(request, path=re.sub("^/User(?=/|$)", "/Users", request.path)))
    if request.path == "/Users":
        return Reply.error(404)
    return replace(reply, body=reply.body.replace(b'"/Users"', b'"/User"')) if "Types" in request.path else reply


def resource_type_with_two_endpoints(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/ResourceTypes":
        return reply
    both = [{**entry, "endpoint": [entry["endpoint"], "/People"]} for entry in reply.json["Resources"]]
    return reply.with_json({**reply.json, "Resources": both})


def discovery_can_be_written(request: Request, server: Server) -> Reply:
    if _is_for_discovery(request) and request.is_("PUT|PATCH"):
        return Reply.of(200, request.json)
    return server(request)


def schema_lists_an_attribute_twice(request: Request, server: Server) -> Reply:
    def doubled(held: Json) -> Json:
        first = held["attributes"][0]
        return {**held, "attributes": [*held["attributes"], {**first, "name": first["name"].upper()}]}

    return _of_schemas(server(request), request, doubled)


def error_body_not_scim_b(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({"error": reply.json}) if reply.status >= 400 and reply.json else reply
