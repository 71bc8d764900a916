"""Reads variations.csv: what a correct server may do differently, and which sentence allows it.

A row without a mutation has a function in behaviors.py, which `CODE` names. `profiles` are those that the server must pass,
rfc and cursor where the row names none.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.defects.expressions import mutation_of
from conformance.defects.mutations import Mutation
from conformance.lawful.behaviors import address_made_of_the_name, shared_address_conflicts

TABLE = Path(__file__).with_name("variations.csv")
PROFILES = ("rfc", "cursor")
CODE: dict[str, Mutation] = {
    "address-made-of-the-name": address_made_of_the_name,
    "shared-address-conflicts": shared_address_conflicts,
}


@dataclass(frozen=True, slots=True)
class Variation:
    """One difference between the reference server and another correct server; the row says in words what and why."""

    name: str
    between: Mutation
    profiles: tuple[str, ...] = PROFILES


@cache
def variations() -> dict[str, Variation]:
    """Every variation by name, in the order of the rows."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: _variation(row) for row in rows}


def _variation(row: dict[str, str]) -> Variation:
    name = row["name"]
    between = mutation_of(row["mutation"]) if row["mutation"] else CODE[name]
    return Variation(name, between, tuple((row["profiles"] or "").split()) or PROFILES)


def features() -> list[str]:
    """The variations that leave out a feature; random servers combine them."""
    return [name for name in variations() if name.startswith("no-")]
