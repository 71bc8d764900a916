"""Prepares generated bodies for a real target: names with the run's marker, existing references, and readOnly values.

All functions change the body in place; it is a copy of what was generated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.fuzz.answers import FORGED, FORGED_MOMENT
from conformance.fuzz.json_schemas import Definition, definitions, refers
from conformance.fuzz.openapi import Described

NAMES = ("username", "displayname", "externalid")
Namer = Callable[[str], str]  # a generated string to one with the run's marker


def mark(body: dict[str, Any], name: Namer, *, always: bool = False) -> None:
    """Put the marker into userName, displayName, and externalId; with `always`, into at least one of them."""
    found = [key for key, value in body.items() if key.lower() in NAMES and isinstance(value, str)]
    for key in found:
        body[key] = name(body[key])
    if always and not found:
        body.setdefault("externalId", name(""))


def mark_patch(body: dict[str, Any], name: Namer) -> None:
    """Do the same for the values of a PATCH."""
    operations = body.get("Operations")
    for operation in operations if isinstance(operations, list) else ():
        value = operation.get("value") if isinstance(operation, dict) else None
        if isinstance(value, dict):
            mark(value, name)
        elif isinstance(value, str) and str(operation.get("path")).rpartition(":")[2].lower() in NAMES:
            operation["value"] = name(value)


def refer(body: dict[str, Any], rtype: Described, homes: dict[str, str]) -> None:
    """Make members and managers refer to existing resources (`homes`: id by type name), as random ids test nothing."""
    _refer(body, rtype.core, homes)
    for urn, attributes in rtype.extensions.items():
        if isinstance(body.get(urn), dict):
            _refer(body[urn], attributes, homes)


def _refer(holder: dict[str, Any], attributes: list[Definition], homes: dict[str, str]) -> None:
    for held in attributes:
        if held["name"] not in holder or not refers(held):
            continue
        target = next((homes[name] for name in _targets(held) if name in homes), None)
        values = holder[held["name"]] if held.get("multiValued") is True else [holder[held["name"]]]
        if target is None or not isinstance(values, list):
            del holder[held["name"]]
            continue
        fitting = [{**value, "value": target} for value in values[:1] if isinstance(value, dict)]
        for value in fitting:
            for name in ("$ref", "type"):
                value.pop(name, None)
        if held.get("multiValued") is True:
            holder[held["name"]] = fitting
        elif fitting:
            holder[held["name"]] = fitting[0]


def _targets(attribute: Definition) -> list[str]:
    reference = next((sub for sub in definitions(attribute.get("subAttributes")) if sub["name"] == "$ref"), {})
    listed = reference.get("referenceTypes")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def forge(body: dict[str, Any], rtype: Described) -> None:
    """Set the attributes that only the server may set: id, meta, and every readOnly attribute (RFC 7644 section 3.3)."""
    body["id"] = FORGED
    body["meta"] = {"resourceType": rtype.name, "created": FORGED_MOMENT, "version": f'W/"{FORGED}"'}
    for held in rtype.core:
        if held.get("mutability") != "readOnly" or held["name"] in ("id", "meta", "schemas"):
            continue
        if held.get("type") == "complex":
            subs = {sub["name"] for sub in definitions(held.get("subAttributes"))}
            value: Any = {"value": FORGED, "display": FORGED} if "value" in subs else {}
            value = {name: text for name, text in value.items() if name in subs}
        elif held.get("type", "string") == "string":
            value = FORGED
        else:
            continue
        if value:
            body[held["name"]] = [value] if held.get("multiValued") is True else value
