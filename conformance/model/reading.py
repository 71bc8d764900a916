"""What a server may make of a value in a PATCH: the legal ways to store it, and whether it may be refused."""

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
    """`stored`: each legal form, None for unassigned; empty when the value must be refused.

    `refused`: the scimTypes of a legal refusal; empty when the value must be taken.
    """

    stored: tuple[Any, ...]
    refused: frozenset[str] = frozenset()


NO = Reading((), INVALID)


def read_value(definition: Definition, value: Any) -> Reading:
    """How a whole attribute's value can be read: a list of elements where it is multi-valued."""
    if not definition.get("multiValued"):
        return read_single(definition, value)
    if is_unassigned(value) or value == "":
        return Reading(([],), frozenset() if value == [] else INVALID)
    listed = value if isinstance(value, list) else [value]
    readings = [read_single(definition, one) for one in listed]
    # One element without its list: understood or refused.
    refused = frozenset().union(*(one.refused for one in readings), () if isinstance(value, list) else INVALID)
    chosen = itertools.product(*(one.stored for one in readings))
    return Reading(tuple([one for one in row if one is not None] for row in chosen), refused)


def read_single(definition: Definition, value: Any) -> Reading:
    """How one value, or one element, can be read."""
    if value is None or value == []:
        return Reading((None,), INVALID)  # unassigned (RFC 7643 2.5), or refused
    if type_of(definition) == "complex":
        return Reading((None,), INVALID) if value == "" else _complex(definition, value)
    if value == "":
        return Reading(("", None), INVALID)
    return _simple(definition, value)


def _complex(definition: Definition, value: Any) -> Reading:
    if not isinstance(value, dict):
        # A bare text for an object, `"members": ["<id>"]`, `"manager": "<id>"`: understood or refused.
        bare = named(parts_of(definition), "value") and isinstance(value, str)
        return Reading(({"value": value},), INVALID) if bare else NO
    names: list[str] = []
    readings: list[Reading] = []
    refused: frozenset[str] = frozenset()
    for name, held in value.items():
        part = named(parts_of(definition), name)
        if part is None or not is_writable(part):
            refused |= INVALID | {"mutability", "invalidPath", "noTarget"}  # ignored or refused
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
        return Reading((value,), INVALID)  # a server MAY restrict itself to them (RFC 7643 section 7)
    return Reading((value,))


def _literal(kind: str, value: Any) -> Reading:
    """JSON's own true and 1, or the same in quotes: understood or refused (A-28)."""
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
