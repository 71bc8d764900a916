"""OpenAPI 3.1 from discovery: what the target says of itself becomes a document that schemathesis can drive."""

from __future__ import annotations

from typing import Any

from conformance.target import Target

MEDIA_TYPE = "application/scim+json"
JSON_TYPES = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "dateTime": {"type": "string", "format": "date-time"},
    "reference": {"type": "string"},
    "binary": {"type": "string", "pattern": "^([A-Za-z0-9+/]{4}){0,8}$"},
}
TEXT = {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[A-Za-z0-9 .-]+$"}
ERROR = {
    "type": "object",
    "required": ["schemas", "status"],
    "properties": {
        "schemas": {"type": "array", "contains": {"const": "urn:ietf:params:scim:api:messages:2.0:Error"}},
        "status": {"type": "string"},
    },
}


def openapi_document(target: Target, base_url: str) -> dict[str, Any]:
    """The document: list, create, read, search, delete for each resource type that the target advertises."""
    paths: dict[str, Any] = {"/ServiceProviderConfig": {"get": _operation("read the configuration", {"200": _any()})}}
    for rtype in target.resource_types:
        endpoint = "/" + str(rtype.get("endpoint", "")).strip("/")
        name = str(rtype.get("name"))
        schema = target.schemas.get(str(rtype.get("schema")))
        if schema is None or endpoint == "/":
            continue
        paths[endpoint] = {
            "get": _operation(f"list {name}", {"200": _any(), "400": _error()}, _list_parameters()),
            "post": _operation(
                f"create {name}",
                {"201": _any(), "400": _error(), "409": _error()},
                body=resource_schema(schema),
            ),
        }
        identity = {"name": "id", "in": "path", "required": True, "schema": {**TEXT, "pattern": "^[a-f0-9-]{1,36}$"}}
        paths[endpoint + "/{id}"] = {
            "get": _operation(f"read {name}", {"200": _any(), "404": _error()}, [identity]),
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "SCIM service provider, from its own discovery", "version": "2.0"},
        "servers": [{"url": base_url}],
        "paths": paths,
    }


def resource_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of a create body: the writable attributes of one SCIM schema."""
    properties: dict[str, Any] = {"schemas": {"const": [schema["id"]]}}
    required = ["schemas"]
    for attribute in schema.get("attributes") or ():
        if attribute.get("mutability") == "readOnly" or _refers(attribute):
            continue
        properties[str(attribute["name"])] = _attribute_schema(attribute)
        if attribute.get("required"):
            required.append(str(attribute["name"]))
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _attribute_schema(attribute: dict[str, Any]) -> dict[str, Any]:
    if attribute.get("type") == "complex":
        subs = [sub for sub in attribute.get("subAttributes") or () if sub.get("mutability") != "readOnly"]
        # At most one value may be primary, which JSON Schema cannot say; the fuzzer leaves it out.
        single: dict[str, Any] = {
            "type": "object",
            "properties": {str(s["name"]): _attribute_schema(s) for s in subs if s["name"] != "primary"},
            "additionalProperties": False,
        }
        if any(sub["name"] == "value" for sub in subs):
            single["required"] = ["value"]
    elif attribute.get("type") == "string":
        values = attribute.get("canonicalValues")
        single = {"enum": values} if values else dict(TEXT)
    else:
        single = dict(JSON_TYPES.get(str(attribute.get("type")), TEXT))
    return {"type": "array", "items": single, "maxItems": 3} if attribute.get("multiValued") else single


def _refers(attribute: dict[str, Any]) -> bool:
    """Members and managers need ids that exist; random ones say nothing."""
    return any(sub.get("name") == "$ref" for sub in attribute.get("subAttributes") or ())


def _operation(
    summary: str,
    responses: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {MEDIA_TYPE: {"schema": body}}}
    return operation


def _list_parameters() -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": -5, "maximum": 100_000}
    return [
        {"name": "startIndex", "in": "query", "schema": number},
        {"name": "count", "in": "query", "schema": {"type": "integer", "minimum": -5, "maximum": 20}},
        {"name": "attributes", "in": "query", "schema": dict(TEXT)},
        {"name": "filter", "in": "query", "schema": {"type": "string", "maxLength": 60}},
    ]


def _any() -> dict[str, Any]:
    return {"description": "success", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}


def _error() -> dict[str, Any]:
    return {"description": "an error in SCIM's form", "content": {MEDIA_TYPE: {"schema": ERROR}}}
