"""The attribute mapping of a new non-gallery application of Entra ID (docs/notes/entra.md 5.1)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression


@cache
def default_mapping(kind: str) -> ObjectMapping:
    """The default mapping for "user" or "group" (docs/notes/entra.md 5.1)."""
    rows = json.loads((files(__package__) / "default_mapping.json").read_text("utf-8"))[kind]
    return ObjectMapping(
        tuple(
            AttributeMapping(
                row["target"],
                parse_expression(row["expression"]),
                row.get("matchingPriority", 0),
                value_type=row.get("type", "String"),
                required=row.get("required", False),
            )
            for row in rows
        ),
        name=f"Provision Microsoft Entra ID {kind.capitalize()}s",
    )
