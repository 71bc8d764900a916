"""Attribute mapping: source attributes → target paths, and what of it differs from what the target has (entra.md 5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from simulator.entra.expressions.parser import Expression, parse_expression
from simulator.entra.requests import ENTERPRISE_URN, AttributeChange, split_path

BOOLEAN_TARGETS = frozenset({"active"})


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """One row: where the value goes, how it is made, and its place among the matching attributes (0: none)."""

    target: str
    expression: Expression
    matching_priority: int


@dataclass(frozen=True, slots=True)
class ObjectMapping:
    """The rows of one object type in the order an administrator sees them; references are mapped elsewhere."""

    rows: tuple[AttributeMapping, ...]

    @property
    def matching(self) -> tuple[AttributeMapping, ...]:
        """The matching attributes by precedence."""
        return tuple(sorted((row for row in self.rows if row.matching_priority), key=lambda row: row.matching_priority))

    def projected(self, source: Mapping[str, Any]) -> dict[str, Any]:
        """Target path → value. A null is not in it: Entra never clears a value outbound (KNOWN)."""
        values: dict[str, Any] = {}
        for row in self.rows:
            value = row.expression(source)
            if value is not None and value != "":
                values[row.target] = str(value) == "True" if row.target in BOOLEAN_TARGETS else value
        return values


@cache
def default_mapping(kind: str) -> ObjectMapping:
    """The mapping of a fresh non-gallery app for "user" or "group" (5.1)."""
    rows = json.loads((files(__package__) / "default_mapping.json").read_text("utf-8"))[kind]
    return ObjectMapping(
        tuple(
            AttributeMapping(row["target"], parse_expression(row["expression"]), row["matchingPriority"])
            for row in rows
        )
    )


def differences(wanted: Mapping[str, Any], resource: Mapping[str, Any]) -> list[AttributeChange]:
    """What must be written so that the resource as read has the wanted values; a difference in case alone is none (5.2)."""
    changes = []
    for path, value in wanted.items():
        held = value_at(resource, path)
        if not is_same(value, held):
            changes.append(AttributeChange(path, value, held not in (None, "")))
    return changes


def is_same(wanted: Any, held: Any) -> bool:
    """Whether two values count as equal: texts without case."""
    if isinstance(wanted, str) and isinstance(held, str):
        return wanted == held or wanted.casefold() == held.casefold()
    return type(wanted) is type(held) and bool(wanted == held)


def value_at(resource: Mapping[str, Any], path: str) -> Any:
    """The value at a target path of a resource as a target answered it, None where there is none. Never raises."""
    if path.startswith(ENTERPRISE_URN + ":"):
        home = resource.get(ENTERPRISE_URN)
        return home.get(path[len(ENTERPRISE_URN) + 1 :]) if isinstance(home, dict) else None
    if "[" in path:
        name, kind, sub = split_path(path)
        elements = resource.get(name)
        for element in elements if isinstance(elements, list) else ():
            if isinstance(element, dict) and str(element.get("type", "")).lower() == kind.lower():
                return element.get(sub)
        return None
    name, _, sub = path.partition(".")
    value = resource.get(name)
    if not sub:
        return value
    return value.get(sub) if isinstance(value, dict) else None
