"""Defects against the interoperability profile's strictness: unknown names that are taken, or refused in another way."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.interop import USER_URN, attribute_with, schema_with
from conformance.defects.lists import resources_of
from conformance.defects.operations import without
from conformance.defects.wire import Reply, Request, Server


def _known(request: Request, server: Server) -> set[str]:
    """What may stand in a user: the names and URNs of the published schemas."""
    if "known" not in server.memory:
        schemas = resources_of(server(Request("GET", "/Schemas", "", request.headers)))
        names = {a["name"] for schema in schemas if schema["id"] == USER_URN for a in schema["attributes"]}
        server.memory["known"] = names | {schema["id"] for schema in schemas} | {"schemas", "id", "externalId", "meta"}
    return set(server.memory["known"])


@defect(
    "interop-unknown-attribute-dropped",
    source="INTEROP-5.3-01",
    breaks="what no schema has is thrown away on create, and the rest taken",
    killed_by="test_interop_create_with_an_unknown_attribute_is_refused test_interop_unknown_names_are_called_invalid_syntax",
)
def interop_unknown_attribute_dropped(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users") and isinstance(request.json, dict):
        known = _known(request, server)
        return server(request.with_json({name: value for name, value in request.json.items() if name in known}))
    return server(request)


@defect(
    "interop-unknown-path-skipped",
    source="INTEROP-5.3-02",
    breaks="operations on paths that no schema has are skipped",
    killed_by="test_interop_patch_of_an_unknown_attribute_is_refused",
)
def interop_unknown_path_skipped(request: Request, server: Server) -> Reply:
    known = _known(request, server)
    named = [o for o in request.operations if str(o.get("path", "")).isalnum()]
    return without(request, server, [o for o in named if o["path"] not in known])


@defect(
    "interop-unknown-schema-dropped",
    source="INTEROP-5.3-03",
    breaks="schemas and extensions that there are not are thrown away",
    killed_by="test_interop_unknown_schemas_are_refused",
)
def interop_unknown_schema_dropped(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST", "/Users") and isinstance(body, dict):
        known = _known(request, server)
        urns = [urn for urn in body.get("schemas") or () if urn in known]
        rest = {name: value for name, value in body.items() if ":" not in name or name in known}
        return server(request.with_json({**rest, "schemas": urns}))
    return server(request)


@defect(
    "interop-unknown-name-is-an-invalid-value",
    source="INTEROP-5.3-04",
    breaks="unknown names are refused as invalidValue",
    killed_by="test_interop_unknown_names_are_called_invalid_syntax",
)
def interop_unknown_name_is_an_invalid_value(request: Request, server: Server) -> Reply:
    reply = server(request)
    refused = reply.status == 400 and request.is_("POST|PATCH")
    return reply.with_json({**reply.json, "scimType": "invalidValue"}) if refused else reply


@defect(
    "interop-unknown-names-break-the-server",
    source="INTEROP-5.3-05",
    breaks="PUT with an unknown attribute, and an unknown part of name, are 500",
    killed_by="test_interop_strictness_of_put_and_bulk test_interop_unknown_part_of_an_attribute",
)
def interop_unknown_names_break_the_server(request: Request, server: Server) -> Reply:
    body = request.json
    if request.is_("POST|PUT", "/Users*") and isinstance(body, dict):
        parts = set(body.get("name") or {}) - {"formatted", "givenName", "familyName", "middleName"}
        if set(body) - _known(request, server) or parts:
            return Reply.error(500)
    return server(request)


@defect(
    "interop-kinds-not-published",
    source="INTEROP-5.4-01",
    breaks="the kinds of e-mail addresses are not listed",
    killed_by="test_interop_kinds_of_values_are_listed",
)
def interop_kinds_not_published(request: Request, server: Server) -> Reply:
    kinds = [{"name": name, "type": "string", "multiValued": False} for name in ("value", "type")]
    return schema_with(request, server, USER_URN, lambda schema: attribute_with(schema, "emails", subAttributes=kinds))
