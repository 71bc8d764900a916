"""Reads variations.csv: what a correct server may do differently, and which sentence allows it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.defects.expressions import mutation_of
from conformance.defects.mutations import Mutation

TABLE = Path(__file__).with_name("variations.csv")


@dataclass(frozen=True, slots=True)
class Variation:
    """One difference between the reference server and another correct server; the row says in words what and why."""

    name: str
    between: Mutation


@cache
def variations() -> dict[str, Variation]:
    """Every variation by name, in the order of the rows."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: Variation(row["name"], mutation_of(row["mutation"])) for row in rows}


def features() -> list[str]:
    """The variations that leave out a feature; random servers combine them."""
    return [name for name in variations() if name.startswith("no-")]
