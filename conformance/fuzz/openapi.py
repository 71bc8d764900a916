"""OpenAPI 3.1 from discovery: the target's discovery documents become a document that Schemathesis can use.

Each operation says in `x-scim` what it is (`{"type": "User", "action": "create"}`) and each creation links to what can
be done with its resource. Discovery of a broken target may hold anything: what cannot be described is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.fuzz.json_schemas import (
    Definition,
    JsonSchema,
    definitions,
    patch_schema,
    returned_schema,
    sent_schema,
    writable,
)
from conformance.model.definitions import WITHOUT_SCHEMAS
from conformance.target.discovery import GROUP_URN, USER_URN, Target

MEDIA_TYPE = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
ENDPOINT = re.compile(r"^/?[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*/?$")
# The form of unknown ids. A target that numbers its resources must not lose one to a guessed id.
STRANGER = "^scimulator-check-[a-f0-9]{12}$"
FIXED: dict[str, JsonSchema] = {
    "Meta": {
        "type": "object",
        "properties": {
            "resourceType": {"type": ["string", "null"]},
            "created": {"type": ["string", "null"], "format": "date-time"},
            "lastModified": {"type": ["string", "null"], "format": "date-time"},
            "location": {"type": ["string", "null"]},
            "version": {"type": ["string", "null"]},
        },
    },
    "Error": {
        "type": "object",
        "required": ["schemas", "status"],
        "properties": {
            "schemas": {"type": "array", "contains": {"const": MESSAGES + "Error"}},
            "status": {"type": "string", "pattern": "^[1-5][0-9]{2}$"},
            "scimType": {"type": "string"},
            "detail": {"type": "string"},
        },
    },
    "Discovered": {"type": "object"},
}


@dataclass(frozen=True, slots=True)
class Described:
    """One resource type as far as it can be described; `urn` is that of its core schema."""

    name: str
    key: str  # for components and operation ids
    endpoint: str
    urn: str
    core: list[Definition]
    extensions: dict[str, list[Definition]]


def openapi_document(
    target: Target, base_url: str, sample: Callable[[Described], Described] = lambda rtype: rtype
) -> dict[str, Any]:
    """The whole document: discovery, every resource type, and Bulk if it is advertised.

    `sample` reduces the attributes of a resource type to those that requests may contain.
    """
    types = described(target)
    paths: dict[str, Any] = {f"/{name}": {"get": _discovery(name)} for name in DISCOVERY}
    schemas = dict(FIXED)
    for rtype in types:
        schemas |= _components(rtype, sample(rtype))
        paths |= _paths(rtype, target)
    if target.offers("bulk") and types:
        schemas["BulkRequest"] = _bulk_request(types)
        body = _body("BulkRequest")
        paths["/Bulk"] = {"post": _operation("bulk", "", "bulk", "many changes in one request", {"200": "any"}, body)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "SCIM service provider, from its own discovery", "version": "2.0"},
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Error": _content("an error in the SCIM format", "Error")},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def described(target: Target) -> list[Described]:
    """The resource types of this run that have a name and an endpoint of their own."""
    advertised = target.resource_types or [
        {"name": "User", "endpoint": "/Users", "schema": USER_URN},
        {"name": "Group", "endpoint": "/Groups", "schema": GROUP_URN},
    ]
    found: list[Described] = []
    for rtype in advertised:
        name, endpoint, urn = rtype.get("name"), rtype.get("endpoint"), rtype.get("schema")
        if (
            not isinstance(name, str)
            or not isinstance(urn, str)
            or (target.only_types and name not in target.only_types)
        ):
            continue
        if not isinstance(endpoint, str) or not ENDPOINT.match(endpoint) or endpoint.strip("/") in (*DISCOVERY, "Bulk"):
            continue
        key, place = re.sub(r"\W", "", name, flags=re.ASCII) or f"Type{len(found)}", target.endpoint_of(rtype)
        if any(held.key == key or held.endpoint == place for held in found) or key in FIXED or ".." in place:
            continue
        found.append(Described(name, key, place, urn, _attributes(target, urn), _extensions(target, rtype)))
    return found


def _attributes(target: Target, urn: str) -> list[Definition]:
    return definitions(target.schemas.get(urn, {}).get("attributes")) or WITHOUT_SCHEMAS.get(urn, [])


def _extensions(target: Target, rtype: dict[str, Any]) -> dict[str, list[Definition]]:
    listed = rtype.get("schemaExtensions")
    urns = [held.get("schema") for held in listed if isinstance(held, dict)] if isinstance(listed, list) else []
    found = {urn: definitions(target.schemas.get(urn, {}).get("attributes")) for urn in urns if isinstance(urn, str)}
    return {urn: attributes for urn, attributes in found.items() if attributes}


def _components(rtype: Described, sampled: Described) -> dict[str, JsonSchema]:
    sent = sent_schema(rtype.urn, sampled.core, sampled.extensions)
    return {
        rtype.key: returned_schema(rtype.core, rtype.extensions),
        f"{rtype.key}Sent": sent,
        f"{rtype.key}Patch": patch_schema(sent, sampled.core, sampled.extensions),
        f"{rtype.key}Search": _search_request(rtype),
        f"{rtype.key}List": {
            "type": "object",
            "required": ["schemas", "totalResults"],
            "properties": {
                "schemas": {"type": "array", "contains": {"const": MESSAGES + "ListResponse"}},
                "totalResults": {"type": "integer"},
                "startIndex": {"type": ["integer", "null"]},
                "itemsPerPage": {"type": ["integer", "null"]},
                "Resources": {"type": ["array", "null"], "items": {"type": "object"}},
            },
        },
    }


def _paths(rtype: Described, target: Target) -> dict[str, Any]:
    key, name = rtype.key, rtype.name
    made = _operation(name, key, "create", f"create a {name}", {"201": key}, _body(f"{key}Sent"))
    one: dict[str, Any] = {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": STRANGER}}
        ],
        "get": _operation(name, key, "read", f"read a {name}", {"200": key}),
        "put": _operation(name, key, "replace", f"replace a {name}", {"200": key}, _body(f"{key}Sent")),
        "delete": _operation(name, key, "delete", f"delete a {name}", {"204": ""}),
    }
    if target.offers("patch") or not target.config:
        answers = {"200": key, "204": ""}
        one["patch"] = _operation(name, key, "patch", f"change a {name}", answers, _body(f"{key}Patch"))
    made["responses"]["201"]["links"] = {
        f"{action}{key}": {"operationId": f"{action}{key}", "parameters": {"id": "$response.body#/id"}}
        for action in ("read", "replace", "patch", "delete")
        if action != "patch" or "patch" in one
    }
    listed = _operation(name, key, "list", f"list {name} resources", {"200": f"{key}List"})
    listed["parameters"] = _list_parameters(rtype, target)
    searched = _operation(name, key, "search", f"search {name} resources", {"200": f"{key}List"}, _body(f"{key}Search"))
    return {
        rtype.endpoint: {"get": listed, "post": made},
        rtype.endpoint + "/{id}": one,
        rtype.endpoint + "/.search": {"post": searched},
    }


def _list_parameters(rtype: Described, target: Target) -> list[dict[str, Any]]:
    held = _query_schemas(rtype)
    offered = {
        "filter": target.offers("filter") or not target.config,
        "sortBy": target.offers("sort"),
        "sortOrder": target.offers("sort"),
    }
    return [{"name": name, "in": "query", "schema": schema} for name, schema in held.items() if offered.get(name, True)]


def _query_schemas(rtype: Described) -> dict[str, JsonSchema]:
    """Parameters of a list (RFC 7644 section 3.4.2); generated filters compare one attribute with one string."""
    plain = [
        held["name"]
        for held in rtype.core
        if held.get("type", "string") == "string" and re.match(r"^\w+$", held["name"], re.ASCII)
    ]
    plain = [name for name in plain if name != "password"] or ["externalId"]
    names = "|".join(["id", "externalId", *plain])
    return {
        "filter": {
            "type": "string",
            "pattern": f'^({"|".join(plain)}) (eq|ne|co|sw|ew|gt|ge|lt|le) "[A-Za-z0-9 .@-]{{0,12}}"$',
            "examples": [f'{plain[0]} eq "nobody"', f"{plain[0]} pr"],
        },
        "sortBy": {"type": "string", "enum": plain},
        "sortOrder": {"type": "string", "enum": ["ascending", "descending"]},
        "startIndex": {"type": "integer", "minimum": -5, "maximum": 100_000},
        "count": {"type": "integer", "minimum": -5, "maximum": 5},  # a run may know only a few resources
        "attributes": {"type": "string", "pattern": f"^({names})(,({names})){{0,2}}$"},
    }


def _search_request(rtype: Described) -> JsonSchema:
    held = _query_schemas(rtype)
    attributes = {"type": "array", "items": {"enum": held["sortBy"]["enum"]}, "minItems": 1, "maxItems": 3}
    return {
        "type": "object",
        "required": ["schemas"],
        "properties": {"schemas": _message("SearchRequest"), **held, "attributes": attributes},
        "additionalProperties": False,
    }


def _bulk_request(types: list[Described]) -> JsonSchema:
    """A few creates and deletes; the deletes use only unknown ids."""
    operations: list[JsonSchema] = []
    for rtype in types:
        if any(writable(held) for held in rtype.core):
            made = {
                "method": {"const": "POST"},
                "path": {"const": rtype.endpoint},
                "bulkId": {"type": "string", "pattern": "^[a-z0-9]{4,8}$"},
                "data": {"$ref": f"#/components/schemas/{rtype.key}Sent"},
            }
            operations.append({"type": "object", "properties": made, "required": list(made)})
        path = {"type": "string", "pattern": f"^{re.escape(rtype.endpoint)}/{STRANGER[1:]}"}
        gone = {"method": {"const": "DELETE"}, "path": path}
        operations.append({"type": "object", "properties": gone, "required": list(gone)})
    return {
        "type": "object",
        "required": ["schemas", "Operations"],
        "properties": {
            "schemas": _message("BulkRequest"),
            "failOnErrors": {"type": "integer", "minimum": 1, "maximum": 5},
            "Operations": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"anyOf": operations or [{}]}},
        },
        "additionalProperties": False,
    }


def _discovery(name: str) -> dict[str, Any]:
    return _operation(name, "", f"discover{name}", f"read /{name}", {"200": "Discovered"})


def _operation(
    type_name: str, key: str, action: str, summary: str, answers: dict[str, str], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One operation; `answers` names the component of each success, "" for an answer without body."""
    responses = {
        status: _content("success", component) if component else {"description": "success, without a body"}
        for status, component in answers.items()
    }
    operation: dict[str, Any] = {
        "operationId": f"{action}{key}",
        "summary": summary,
        "x-scim": {"type": type_name, "action": action},
        "responses": {**responses, "default": {"$ref": "#/components/responses/Error"}},
    }
    return {**operation, "requestBody": body} if body is not None else operation


def _body(component: str) -> dict[str, Any]:
    return {"required": True, "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{component}"}}}}


def _content(description: str, component: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{component}"} if component != "any" else {"type": "object"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _message(name: str) -> JsonSchema:
    return {"type": "array", "items": {"const": MESSAGES + name}, "minItems": 1, "maxItems": 1}
