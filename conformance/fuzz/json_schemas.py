"""JSON Schemas from SCIM schemas: what a client may send, what the server returns, and the PATCH operations that fit.

A broken target may publish anything as its schemas. Anything that is not an attribute is ignored and never raises an exception.
"""

from __future__ import annotations

from typing import Any

JsonSchema = dict[str, Any]
Definition = dict[str, Any]  # one attribute of RFC 7643 section 7

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
COMMON = ("schemas", "id", "externalId", "meta")  # of every resource, whatever /Schemas says (RFC 7643 section 3.1)
MAX_TEXT = 40
NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$"
# Strings in any language; a server may reject control characters with 400.
TEXT: JsonSchema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
SENT: dict[str, JsonSchema] = {
    "string": TEXT,
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "decimal": {"type": "number", "minimum": -1e9, "maximum": 1e9},
    "dateTime": {"type": "string", "format": "date-time"},
    "reference": {"type": "string", "format": "uri"},
    "binary": {"type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4}){1,8}$"},
}
RETURNED: dict[str, JsonSchema] = {
    "string": {"type": ["string", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "integer": {"type": ["integer", "null"]},
    "decimal": {"type": ["number", "null"]},
    "dateTime": {"type": ["string", "null"], "format": "date-time"},
    "reference": {"type": ["string", "null"]},
    "binary": {"type": ["string", "null"], "contentEncoding": "base64"},
}
# Values that RFC 7643 4.1 gives a form, by the name of the attribute or sub-attribute.
FORMS: dict[str, JsonSchema] = {
    "userName": {"type": "string", "pattern": NAME, "examples": ["ada.lovelace"]},
    "locale": {"type": "string", "pattern": "^[a-z]{2}-[A-Z]{2}$", "examples": ["en-US"]},
    "preferredLanguage": {"type": "string", "pattern": "^[a-z]{2}(-[A-Z]{2})?$", "examples": ["en-US", "de"]},
    "timezone": {"type": "string", "enum": ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Etc/UTC"]},
    "country": {"type": "string", "enum": ["US", "DE", "IN", "JP"]},
    "emails.value": {"type": "string", "format": "email", "maxLength": 64},
    "phoneNumbers.value": {"type": "string", "pattern": "^\\+[1-9][0-9]{6,12}$", "examples": ["+15555550100"]},
    "password": {"type": "string", "pattern": "^Aa1![A-Za-z0-9]{12,24}$", "writeOnly": True},
}


def definitions(listed: Any) -> list[Definition]:
    """The usable ones of a list of attributes: objects with a name."""
    if not isinstance(listed, list):
        return []
    return [held for held in listed if isinstance(held, dict) and isinstance(held.get("name"), str) and held["name"]]


def writable(attribute: Definition) -> bool:
    return attribute.get("mutability") != "readOnly"


def refers(attribute: Definition) -> bool:
    """Whether the values refer to resources, as in members and manager."""
    return any(sub["name"] == "$ref" for sub in definitions(attribute.get("subAttributes")))


def sent_schema(urn: str, core: list[Definition], extensions: dict[str, list[Definition]]) -> JsonSchema:
    """The body of a POST or PUT: every writable attribute, each extension under its URN."""
    properties: JsonSchema = {
        "schemas": {"type": "array", "items": {"const": urn}, "minItems": 1, "maxItems": 1, "examples": [[urn]]},
        "externalId": dict(FORMS["userName"]),
    }
    core = [held for held in core if held["name"] not in COMMON]
    made = _object({held["name"]: sent_value(held) for held in core if writable(held)}, core)
    made["properties"] = {**properties, **made["properties"]}
    made["required"] = ["schemas", *made.get("required", [])]
    for name, attributes in extensions.items():
        made["properties"][name] = _object({a["name"]: sent_value(a) for a in attributes if writable(a)}, attributes)
    return made


def sent_value(attribute: Definition, parent: str = "") -> JsonSchema:
    """One attribute as a client may send it; canonical values are examples, because a server may accept others."""
    name, kind = attribute["name"], attribute.get("type")
    if kind == "complex":
        subs = definitions(attribute.get("subAttributes"))
        # At most one value may be primary, which JSON Schema cannot express, so primary is not generated.
        single = _object({s["name"]: sent_value(s, name) for s in subs if writable(s) and s["name"] != "primary"}, subs)
        if any(sub["name"] == "value" and writable(sub) for sub in subs):
            single["required"] = ["value"]
    else:
        form = FORMS.get(f"{parent}.{name}") or (FORMS.get(name) if kind in ("string", "reference", None) else None)
        single = dict(form or SENT.get(str(kind), TEXT))
        if kind == "reference" and "external" not in _texts(attribute.get("referenceTypes")):
            single = {"type": "string", "pattern": NAME}
        if values := _texts(attribute.get("canonicalValues")):
            single = {"type": "string", "anyOf": [{"enum": values}, dict(TEXT)], "examples": values}
    single = {**single, **_described(attribute)}
    if attribute.get("multiValued") is True:
        return {"type": "array", "items": single, "maxItems": 3, **_described(attribute)}
    return single


def returned_schema(core: list[Definition], extensions: dict[str, list[Definition]]) -> JsonSchema:
    """A resource in a response: `schemas` and `id`, and every value of its declared type or null; others are allowed."""
    properties: JsonSchema = {
        "schemas": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "id": {"type": "string", "minLength": 1, "readOnly": True},
        "externalId": {"type": ["string", "null"]},
        "meta": {"$ref": "#/components/schemas/Meta", "readOnly": True},
    }
    own = {held["name"]: returned_value(held) for held in core if held["name"] not in properties}
    for urn, attributes in extensions.items():
        own[urn] = {"type": ["object", "null"], "properties": {a["name"]: returned_value(a) for a in attributes}}
    return {"type": "object", "required": ["schemas", "id"], "properties": {**properties, **own}}


def returned_value(attribute: Definition) -> JsonSchema:
    """One attribute as a server may return it (RFC 7643 2.3 and 2.4)."""
    if attribute.get("type") == "complex":
        subs = definitions(attribute.get("subAttributes"))
        single: JsonSchema = {
            "type": ["object", "null"],
            "properties": {sub["name"]: returned_value(sub) for sub in subs},
        }
    else:
        single = dict(RETURNED.get(str(attribute.get("type", "string")), {}))
    if attribute.get("multiValued") is True:
        single = {"type": ["array", "null"], "items": single}
    if attribute.get("mutability") == "readOnly":
        single["readOnly"] = True
    if attribute.get("returned") == "never":
        single["writeOnly"] = True
    return {**single, **_described(attribute)}


def patch_schema(sent: JsonSchema, core: list[Definition], extensions: dict[str, list[Definition]]) -> JsonSchema:
    """A PatchOp whose operations fit the schema: each path with a value of its type."""
    replaced, removed = _paths(core, "")
    for urn, attributes in extensions.items():
        more, gone = _paths(attributes, urn + ":")
        replaced, removed = replaced + more, removed + gone
    grouped: dict[str, tuple[JsonSchema, list[str]]] = {}
    for path, value in replaced:
        grouped.setdefault(repr(sorted(value.items(), key=str)), (value, []))[1].append(path)
    written: JsonSchema = {"enum": ["add", "replace"]}
    operations = [_operation(written, paths, value) for value, paths in grouped.values()]
    parts = {name: held for name, held in sent["properties"].items() if name != "schemas"}
    loose = {"type": "object", "properties": parts, "minProperties": 1, "additionalProperties": False}
    operations.append(_operation(written, None, loose))
    if removed:
        operations.append(_operation({"const": "remove"}, removed, None))
    return {
        "type": "object",
        "required": ["schemas", "Operations"],
        "properties": {
            "schemas": {"type": "array", "items": {"const": PATCH_URN}, "minItems": 1, "maxItems": 1},
            "Operations": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"anyOf": operations}},
        },
        "additionalProperties": False,
    }


def _paths(attributes: list[Definition], prefix: str) -> tuple[list[tuple[str, JsonSchema]], list[str]]:
    """(paths with the schema of their value, paths that can be removed), without immutable attributes and references."""
    replaced: list[tuple[str, JsonSchema]] = []
    removed: list[str] = []
    for held in attributes:
        if not writable(held) or held.get("mutability") == "immutable" or refers(held) or held["name"] in COMMON:
            continue
        path = prefix + held["name"]
        replaced.append((path, _bare(sent_value(held))))
        if not held.get("required"):
            removed.append(path)
        subs = {sub["name"]: sub for sub in definitions(held.get("subAttributes")) if writable(sub)}
        if held.get("multiValued") is True:
            if "type" in subs and "value" in subs:
                chosen = f'{path}[type eq "work"]'
                replaced.append((f"{chosen}.value", _bare(sent_value(subs["value"], held["name"]))))
                removed.append(chosen)
            continue
        replaced += [(f"{path}.{name}", _bare(sent_value(sub, held["name"]))) for name, sub in subs.items()]
        removed += [f"{path}.{name}" for name in subs]
    return replaced, removed


def _operation(op: JsonSchema, paths: list[str] | None, value: JsonSchema | None) -> JsonSchema:
    properties: JsonSchema = {"op": op}
    if paths is not None:
        properties["path"] = {"enum": paths} if len(paths) > 1 else {"const": paths[0]}
    if value is not None:
        properties["value"] = value
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _object(properties: JsonSchema, attributes: list[Definition]) -> JsonSchema:
    required = [held["name"] for held in attributes if held.get("required") is True and held["name"] in properties]
    made: JsonSchema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


def _described(attribute: Definition) -> JsonSchema:
    description = attribute.get("description")
    return {"description": description} if isinstance(description, str) and description else {}


def _bare(schema: JsonSchema) -> JsonSchema:
    """The schema without its description, so that attributes of one form share an operation."""
    return {name: held for name, held in schema.items() if name not in ("description", "examples")}


def _texts(listed: Any) -> list[str]:
    return list(dict.fromkeys(held for held in listed if isinstance(held, str))) if isinstance(listed, list) else []
