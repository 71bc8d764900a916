"""A whole resource to create: every attribute that the target's schemas let a client set."""

from __future__ import annotations

from random import Random
from typing import Any

from conformance.model.definitions import (
    Definition,
    Definitions,
    definitions_of,
    is_writable,
    parts_of,
    points_at_a_resource,
)
from conformance.target.discovery import GROUP_URN, USER_URN, Target
from conformance.values.any_value import any_value

# Required by the text, whatever the schema says: RFC 7643 4.1.1 and 4.2.
ALWAYS = {USER_URN: "userName", GROUP_URN: "displayName"}


def any_resource(
    target: Target, resource_type_name: str, random: Random, mark: str, *, only_required: bool = False
) -> dict[str, Any]:
    """A body for POST: all that is required in the core and in required extensions, and all else that can be written.

    With `only_required` just the former. References to other resources (members, manager) are left out: there is nobody
    they could name. Raises NotOffered when the target lacks the resource type.
    """
    definitions = definitions_of(target, resource_type_name)
    body: dict[str, Any] = {"schemas": [definitions.core]}
    if not only_required:
        body["externalId"] = f"{mark}-{random.randrange(16**6):06x}"
    for urn, definition in definitions.every():
        required = definition.get("required") is True or (
            urn == definitions.core and definition["name"] == ALWAYS.get(urn)
        )
        optional_schema = urn != definitions.core and urn not in definitions.required_extensions
        if (only_required and (not required or optional_schema)) or not _can_be_sent(definition):
            continue
        place = body if urn == definitions.core else body.setdefault(urn, {})
        place[definition["name"]] = _value(definition, random, mark, only_required)
    body["schemas"] += [urn for urn in definitions.extensions if urn in body or urn in definitions.required_extensions]
    return body


def _can_be_sent(definition: Definition) -> bool:
    return is_writable(definition) and not points_at_a_resource(definition)


def _value(definition: Definition, random: Random, mark: str, only_required: bool) -> Any:
    if definition["name"] == "active":
        return True  # some targets hide who is inactive
    if only_required and (needed := [part for part in parts_of(definition) if part.get("required") is True]):
        definition = {**definition, "subAttributes": needed}
    value = any_value(definition, random, mark=mark)
    if only_required and isinstance(value, list):
        return value[:1]
    return value


def thinned(body: dict[str, Any], definitions: Definitions, random: Random) -> dict[str, Any]:
    """The resource without some of what it need not have, so that a pool has gaps; values of elements stay."""
    kept = {name: value for name, value in body.items() if name in ("schemas", "externalId")}
    for urn, definition in definitions.every():
        home = body if urn == definitions.core else body.get(urn, {})
        name = definition["name"]
        needed = definition.get("required") is True or name == ALWAYS.get(urn)
        if name in home and (needed or random.random() < 0.7):
            place = kept if urn == definitions.core else kept.setdefault(urn, {})
            place[name] = _thinner(definition, home[name], random)
    kept["schemas"] = [
        urn for urn in body["schemas"] if urn in (definitions.core, *definitions.required_extensions, *kept)
    ]
    return kept


def _thinner(definition: Definition, value: Any, random: Random) -> Any:
    if isinstance(value, list):
        return [_thinner({**definition, "multiValued": False}, one, random) for one in value]
    if not isinstance(value, dict):
        return value
    needed = {part["name"] for part in parts_of(definition) if part.get("required") is True} | {"value"}
    kept = {name: part for name, part in value.items() if name in needed or random.random() < 0.7}
    return kept or value
