"""Generate a complete resource: every attribute that the target's schemas let a client set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from conformance.model.definitions import (
    Definition,
    Definitions,
    definitions_of,
    is_writable,
    named,
    parts_of,
    points_at_a_resource,
    type_of,
)
from conformance.model.rfc_schemas import RFC_SCHEMAS
from conformance.target.discovery import GROUP_URN, USER_URN, Target
from conformance.values.any_value import any_value

# Required by RFC 7643 sections 4.1.1 and 4.2, regardless of the published schema.
ALWAYS = {USER_URN: "userName", GROUP_URN: "displayName"}


def any_resource(
    target: Target,
    resource_type_name: str,
    random: Random,
    mark: str,
    *,
    only_required: bool = False,
    extensions: tuple[str, ...] = (),
) -> dict[str, Any]:
    """A body for POST with every writable attribute.

    With `only_required`, it has only the required attributes of the core schema, of required extensions, and of
    `extensions`. References to other resources (members, manager) are omitted; see `required_references`. Raises
    NotOffered if the target lacks the type.
    """
    definitions = definitions_of(target, resource_type_name)
    body: dict[str, Any] = {"schemas": [definitions.core]}
    if not only_required:
        body["externalId"] = f"{mark}-{random.randrange(16**6):06x}"
    wanted = (definitions.core, *definitions.required_extensions, *extensions)
    known = _settable(target, definitions)
    for urn, definition in known.required if only_required else known.plain:
        if not only_required or urn in wanted:
            place = body if urn == definitions.core else body.setdefault(urn, {})
            place[definition["name"]] = _value(definition, random, mark, only_required)
    body["schemas"] += [urn for urn in definitions.extensions if urn in body or urn in definitions.required_extensions]
    return body


class _Settable(NamedTuple):
    """The attributes of a type that a client may set: those that do not refer to a resource, and the required of both kinds."""

    plain: list[tuple[str, Definition]]
    required: list[tuple[str, Definition]]
    required_references: list[tuple[str, Definition]]


# What was read before: every body needs it.
_READ: WeakKeyDictionary[Target, dict[str, _Settable]] = WeakKeyDictionary()


def _settable(target: Target, definitions: Definitions) -> _Settable:
    known = _READ.setdefault(target, {})
    if definitions.name not in known:
        every = [one for one in definitions.every() if is_writable(one[1])]
        plain = [one for one in every if not points_at_a_resource(one[1])]
        needed = [one for one in every if is_required(definitions, *one)]
        found = _Settable(plain, [one for one in needed if one in plain], [one for one in needed if one not in plain])
        known[definitions.name] = found
    return known[definitions.name]


def is_required(definitions: Definitions, urn: str, definition: Definition) -> bool:
    """Whether every resource needs it: by its declaration, by the RFC, or because a required extension needs some value."""
    if definition.get("required") is True or (urn == definitions.core and definition["name"] == ALWAYS.get(urn)):
        return True
    if urn not in definitions.required_extensions:
        return False
    writable = [held for held in definitions.by_urn[urn] if is_writable(held)]
    return not any(held.get("required") is True for held in writable) and definition in writable[:1]


def required_parts(definition: Definition, random: Random, mark: str) -> dict[str, Any]:
    """A value with only the required sub-attributes of a complex attribute; empty if there are none."""
    needed = [part for part in parts_of(definition) if part.get("required") is True]
    single = {**definition, "multiValued": False, "subAttributes": needed}
    return dict(any_value(single, random, mark=mark)) if needed else {}


def lacking_parts(target: Target, urn: str, attributes: Mapping[str, Any]) -> Iterator[str]:
    """Paths such as `emails.type` of sub-attributes in these values that RFC 7643 has and the target's schema lacks."""
    declared = target.schemas.get(urn, {}).get("attributes")
    for name, value in attributes.items():
        elements = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        if not elements:
            continue
        held, printed = (named(listed or [], name) for listed in (declared, RFC_SCHEMAS.get(urn)))
        known = parts_of(held) if held and isinstance(held.get("subAttributes"), list) else []
        if not known or not printed:
            continue
        for element in elements:
            for part in element:
                if named(parts_of(printed), part) and not named(known, part):
                    yield f"{name}.{part}"


def required_references(
    target: Target,
    type_name: str,
    given: Mapping[str, Any],
    make: Callable[[str], dict[str, Any]],
    extensions: tuple[str, ...] = (),
) -> Iterator[tuple[str | None, str, Any]]:
    """(URN of the extension, attribute, value) for each required reference; `make` creates a resource of a type."""
    definitions = definitions_of(target, type_name)
    for urn, definition in _settable(target, definitions).required_references:
        sent = given if urn == definitions.core else given.get(urn) or {}
        optional_schema = urn not in (definitions.core, *definitions.required_extensions, *extensions)
        if not optional_schema and definition["name"] not in sent:
            value = reference_to(definition, make(_referenced_type(definition)))
            yield (None if urn == definitions.core else urn), definition["name"], value


def reference_to(definition: Definition, resource: Mapping[str, Any]) -> Any:
    """A reference to the resource in the form that the attribute requires."""
    location = (resource.get("meta") or {}).get("location")
    if type_of(definition) == "reference":
        value: Any = location
    else:
        parts = parts_of(definition)
        value = {"value": resource["id"]} if named(parts, "value") else {}
        link = named(parts, "$ref")
        if not value or (link and link.get("required")):
            value["$ref"] = location
    return [value] if definition.get("multiValued") else value


def _referenced_type(definition: Definition) -> str:
    for holder in [definition, *parts_of(definition)]:
        for name in holder.get("referenceTypes") or ():
            if name not in ("external", "uri"):
                return str(name)
    return "User"


def _value(definition: Definition, random: Random, mark: str, only_required: bool) -> Any:
    if definition["name"] == "active":
        return True  # some targets hide inactive users from GET and lists
    if only_required and (needed := [part for part in parts_of(definition) if part.get("required") is True]):
        definition = {**definition, "subAttributes": needed}
    value = any_value(definition, random, mark=mark)
    if only_required and isinstance(value, list):
        return value[:1]
    return value


def thinned(body: dict[str, Any], definitions: Definitions, random: Random) -> dict[str, Any]:
    """The resource without some of its optional attributes, so that resources in a pool differ; `value` always stays."""
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
