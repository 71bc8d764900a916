"""What catalogue.csv says about each defect, for readers. Making the mutations takes longer than everything else."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("catalogue.csv")


@dataclass(frozen=True, slots=True)
class Described:
    """One defect: what it breaks, where it was seen, and the check functions that must find it."""

    name: str
    breaks: str
    source: str
    killed_by: tuple[str, ...]


@cache
def described() -> dict[str, Described]:
    """Every defect by name, in the order of the rows."""
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [
            Described(row["name"], row["breaks"], row["source"], tuple(row["killed_by"].split()))
            for row in csv.DictReader(file)
        ]
    return {row.name: row for row in rows}
