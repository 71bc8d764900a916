"""The ways in which a server may store a value from a PATCH, and whether it may reject the value."""

from __future__ import annotations

import base64
import binascii
import itertools
from dataclasses import dataclass
from typing import Any

from conformance.model.comparing import moment
from conformance.model.definitions import Definition, is_writable, named, parts_of, type_of
from conformance.model.filter_model import is_unassigned

INVALID = frozenset(["invalidValue", "invalidSyntax"])


@dataclass(frozen=True, slots=True)
class Reading:
    """`stored`: each acceptable stored form, None for unassigned; empty if the server must reject the value.

    `refused`: the scimTypes of an acceptable rejection; empty if the server must accept the value.
    """

    stored: tuple[Any, ...]
    refused: frozenset[str] = frozenset()


NO = Reading((), INVALID)


def read_value(definition: Definition, value: Any) -> Reading:
    """The readings of an attribute's value, which is a list of elements if the attribute is multi-valued."""
    if not definition.get("multiValued"):
        return read_single(definition, value)
    if is_unassigned(value) or value == "":
        return Reading(([],), frozenset() if value == [] else INVALID)
    listed = value if isinstance(value, list) else [value]
    readings = [read_single(definition, one) for one in listed]
    # A server may accept or reject a single element in place of a list.
    refused = frozenset().union(*(one.refused for one in readings), () if isinstance(value, list) else INVALID)
    chosen = itertools.product(*(one.stored for one in readings))
    return Reading(tuple([one for one in row if one is not None] for row in chosen), refused)


def read_single(definition: Definition, value: Any) -> Reading:
    """The readings of a single value or of one element."""
    if value is None or value == []:
        return Reading((None,), INVALID)  # unassigned (RFC 7643 2.5), or rejected
    if type_of(definition) == "complex":
        return Reading((None,), INVALID) if value == "" else _complex(definition, value)
    if value == "":
        return Reading(("", None), INVALID)  # stored, unassigned, or rejected
    return _simple(definition, value)


def _complex(definition: Definition, value: Any) -> Reading:
    if not isinstance(value, dict):
        # A server may accept or reject a string in place of an object: `"members": ["<id>"]`, `"manager": "<id>"`.
        bare = named(parts_of(definition), "value") and isinstance(value, str)
        return Reading(({"value": value},), INVALID) if bare else NO
    names: list[str] = []
    readings: list[Reading] = []
    refused: frozenset[str] = frozenset()
    for name, held in value.items():
        part = named(parts_of(definition), name)
        if part is None or not is_writable(part):
            refused |= INVALID | {
                "mutability",
                "invalidPath",
                "noTarget",
            }  # a server may ignore or reject unknown and readOnly sub-attributes
            continue
        names.append(part["name"])
        readings.append(read_value(part, held))
    refused = refused.union(*(one.refused for one in readings))
    rows = itertools.product(*(one.stored for one in readings))
    return Reading(tuple(dict(zip(names, row, strict=True)) for row in rows), refused)


def _simple(definition: Definition, value: Any) -> Reading:
    kind = type_of(definition)
    if kind in ("boolean", "integer", "decimal"):
        return _literal(kind, value)
    if not isinstance(value, str):
        return NO
    if (kind == "datetime" and moment(value) is None) or (kind == "binary" and not _is_base64(value)):
        return Reading((value,), INVALID)
    allowed = definition.get("canonicalValues")
    if isinstance(allowed, list) and value.lower() not in [str(one).lower() for one in allowed]:
        return Reading((value,), INVALID)  # a server MAY accept only canonical values (RFC 7643 section 7)
    return Reading((value,))


def _literal(kind: str, value: Any) -> Reading:
    """A boolean or number; a server may accept or reject one in quotes."""
    if kind == "boolean":
        if isinstance(value, bool):
            return Reading((value,))
        spelled = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
        return NO if spelled is None else Reading((spelled,), INVALID)
    if type(value) is int or (type(value) is float and kind == "decimal"):
        return Reading((value,))
    try:
        number = int(value) if kind == "integer" else float(value)
    except (TypeError, ValueError):
        return NO
    return Reading((number,), INVALID) if isinstance(value, str) else NO


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
