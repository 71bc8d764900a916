"""Compare two representations, ignoring computed values, the order of lists, and empty values."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from conformance.model.comparing import moment
from conformance.model.definitions import (
    COMMON,
    Definition,
    Definitions,
    named,
    parts_of,
    points_at_a_resource,
    type_of,
)
from conformance.model.filter_model import held_by

# Servers compute these from other sub-attributes of the same value (RFC 7643 sections 4.1.1 and 4.1.2).
COMPUTED = frozenset(["formatted"])


def comparable(resource: dict[str, Any], definitions: Definitions) -> dict[str, Any]:
    """The values that a client controls, in a canonical form, by `urn:name`.

    Omitted are readOnly, writeOnly, and hidden attributes, `schemas`, `meta`, `formatted`, unassigned values, and unknown
    names. Lists are sorted, dates are in UTC, and values whose case a server may change are case-folded.
    """
    kept: dict[str, Any] = {}
    external_id = named(COMMON, "externalId")
    assert external_id is not None
    for urn, definition in [(definitions.core, external_id), *definitions.every()]:
        home = resource if urn == definitions.core else held_by(resource, urn)
        value = canonical(definition, held_by(home, definition["name"]))
        if value is not None:
            kept[f"{urn}:{definition['name']}"] = value
    return kept


def alike(expected: dict[str, Any], got: dict[str, Any], definitions: Definitions) -> bool:
    """Whether two resources are equal; a server may make any one element primary if none is."""
    left, right = comparable(expected, definitions), comparable(got, definitions)
    if left.keys() != right.keys():
        return False
    return all(left[name] == right[name] or _only_primary_was_chosen(left[name], right[name]) for name in left)


def differences(expected: dict[str, Any], got: dict[str, Any], definitions: Definitions) -> tuple[str, str]:
    """(expected, got) as JSON, reduced to the attributes that differ."""
    left, right = comparable(expected, definitions), comparable(got, definitions)
    names = sorted(name for name in {*left, *right} if left.get(name) != right.get(name))
    return tuple(json.dumps({name: side.get(name) for name in names}, ensure_ascii=False) for side in (left, right))  # type: ignore[return-value]


def canonical(definition: Definition, value: Any) -> Any:
    """A value in its canonical form; None for no value, or for one that a comparison must ignore."""
    hidden = definition.get("mutability") in ("readOnly", "writeOnly") or definition.get("returned") in (
        "never",
        "request",
    )
    if value is None or hidden or str(definition["name"]).lower() in COMPUTED:
        return None
    if not definition.get("multiValued"):
        return _single(definition, value, in_list=False)
    listed = [_single(definition, one, in_list=True) for one in (value if isinstance(value, list) else [value])]
    return sorted((one for one in listed if one is not None), key=_sortable) or None


def _single(definition: Definition, value: Any, *, in_list: bool) -> Any:
    kind = type_of(definition)
    if kind == "complex" and isinstance(value, dict):
        return _object(definition, value, in_list=in_list)
    if kind == "datetime" and (instant := moment(value)):
        return instant.astimezone(UTC).isoformat()
    if isinstance(value, str) and _case_may_change(definition, in_list=in_list):
        return value.casefold()
    return value


def _object(definition: Definition, value: dict[str, Any], *, in_list: bool) -> dict[str, Any] | None:
    parts: dict[str, Any] = {}
    refers = points_at_a_resource(definition)
    for part in parts_of(definition):
        name = str(part["name"])
        if refers and name != "value":
            continue  # the server sets display, $ref, and type of a reference
        held = held_by(value, name)
        one = canonical(part, held) if part.get("multiValued") or held is None else _part(part, held, in_list=in_list)
        if one is not None and not (name.lower() == "primary" and one is False):
            parts[name] = one
    return parts or None


def _part(part: Definition, held: Any, *, in_list: bool) -> Any:
    return None if canonical(part, held) is None else _single(part, held, in_list=in_list)


def _case_may_change(definition: Definition, *, in_list: bool) -> bool:
    """Whether a server may change the case: in elements of lists, unique values, and canonical values."""
    if definition.get("caseExact") is True:
        return False
    unique = definition.get("uniqueness") in ("server", "global")
    return in_list or unique or bool(definition.get("canonicalValues"))


def _only_primary_was_chosen(expected: Any, got: Any) -> bool:
    if not isinstance(expected, list) or not isinstance(got, list):
        return False
    if _primaries(expected) or _primaries(got) > 1:
        return False
    return expected == sorted((_without_primary(one) for one in got), key=_sortable)


def _primaries(elements: list[Any]) -> int:
    return sum(isinstance(one, dict) and one.get("primary") is True for one in elements)


def _without_primary(element: Any) -> Any:
    return {name: part for name, part in element.items() if name != "primary"} if isinstance(element, dict) else element


def _sortable(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
