"""The schemas in RFC 7643 section 8.7.1, for servers whose `/Schemas` omits attributes and for assumptions of checks."""

from __future__ import annotations

from typing import Any

from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN

_LIST = "value display type primary"
# Name and sub-attributes; [] marks a multi-valued attribute, ! a required one, and :type a type other than string.
_USER = f"""
userName!
name                  formatted familyName givenName middleName honorificPrefix honorificSuffix
displayName
nickName
profileUrl:reference
title
userType
preferredLanguage
locale
timezone
active:boolean
password
emails[]              {_LIST}
phoneNumbers[]        {_LIST}
ims[]                 {_LIST}
photos[]              {_LIST}
addresses[]           formatted streetAddress locality region postalCode country type primary
groups[]              value $ref display type
entitlements[]        {_LIST}
roles[]               {_LIST}
x509Certificates[]    {_LIST}
"""
_GROUP = """
displayName!
members[]             value $ref type display
"""
_ENTERPRISE = """
employeeNumber
costCenter
organization
division
department
manager               value $ref displayName
"""
_TYPES = {
    "primary": "boolean",
    "$ref": "reference",
    "photos.value": "reference",
    "x509Certificates.value": "binary",
}
_MUTABILITY = {
    "groups": "readOnly",
    "password": "writeOnly",
    "manager.displayName": "readOnly",
    **{f"groups.{part}": "readOnly" for part in ("value", "$ref", "display", "type")},
    **{f"members.{part}": "immutable" for part in ("value", "$ref", "display", "type")},
}


def _definition(line: str) -> dict[str, Any]:
    word, *parts = line.split()
    name, _, kind = word.strip("!").partition(":")
    multi_valued, name = name.endswith("[]"), name.removesuffix("[]")
    definition = _attribute(name, name, kind or ("complex" if parts else "string"))
    if parts:
        definition["subAttributes"] = [_attribute(part, f"{name}.{part}", "string") for part in parts]
    returned = "never" if name == "password" else "default"
    return {**definition, "multiValued": multi_valued, "required": word.endswith("!"), "returned": returned}


def _attribute(name: str, path: str, kind: str) -> dict[str, Any]:
    kind = _TYPES.get(path) or _TYPES.get(name) or kind
    mutability = _MUTABILITY.get(path, "readWrite")
    return {"name": name, "type": kind, "multiValued": False, "required": False, "mutability": mutability}


RFC_SCHEMAS: dict[str, list[dict[str, Any]]] = {
    urn: [_definition(line) for line in table.strip().splitlines()]
    for urn, table in ((USER_URN, _USER), (GROUP_URN, _GROUP), (ENTERPRISE_URN, _ENTERPRISE))
}
_PARTS = {
    definition["name"].lower(): definition["subAttributes"]
    for definitions in RFC_SCHEMAS.values()
    for definition in definitions
    if "subAttributes" in definition
}
# RFC 7643 section 2.4: the default sub-attributes of multi-valued attributes.
_OF_ANY_LIST = [_attribute(part, part, "string") for part in _LIST.split()]


def undeclared_parts(definition: dict[str, Any]) -> list[dict[str, Any]]:
    """The sub-attributes in RFC 7643 of a complex attribute whose declaration lists none."""
    if str(definition.get("type")).lower() != "complex":
        return []
    parts = _PARTS.get(str(definition.get("name")).lower())
    return parts if parts is not None else (_OF_ANY_LIST if definition.get("multiValued") is True else [])
