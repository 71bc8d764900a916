"""Reads the catalogue of seeded defects, catalogue.csv: one row per defect, and its mutation from the row or from a function."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.defects.described import CATALOGUE
from conformance.defects.expressions import BadExpression, mutation_of
from conformance.defects.mutations import Mutation
from conformance.requirements.verdict import Verdict

BEHAVIORS = Path(__file__).with_name("behaviors")
COLUMNS = ("name", "topic", "breaks", "mutation", "killed_by", "verdict", "source")
VERDICTS = (Verdict.FAIL, Verdict.WARN, Verdict.NOTE)


class BadRow(ValueError):
    """A row that cannot be read; the message names file, line and defect in one line."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: where it was seen, what it breaks, the check functions that must find it, and as what."""

    name: str
    topic: str
    source: str
    breaks: str
    killed_by: tuple[str, ...]
    between: Mutation
    verdict: str


@cache
def defects() -> dict[str, Defect]:
    """Every defect by name, in the order of the rows."""
    return read_catalogue(CATALOGUE, functions())


def read_catalogue(path: Path, known: Mapping[str, Mutation]) -> dict[str, Defect]:
    """The defects of a CSV file; `known` holds the functions of rows without a mutation. Raises BadRow."""
    found: dict[str, Defect] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadRow(f"{path.name}, line 1: the columns must be {', '.join(COLUMNS)}")
        for row in rows:
            place = f"{path.name}, line {rows.line_num}: {row['name']}"
            try:
                defect = _defect(row, known)
            except (BadRow, BadExpression) as error:
                raise BadRow(f"{place}: {error}") from None
            if defect.name in found:
                raise BadRow(f"{place}: this name is in the catalogue twice")
            found[defect.name] = defect
    return found


def _defect(row: Mapping[str, str | None], known: Mapping[str, Mutation]) -> Defect:
    cells = {column: row[column] or "" for column in COLUMNS}
    if None in row.values() or len(row) > len(COLUMNS):
        raise BadRow(f"a row has {len(COLUMNS)} columns")
    if missing := [column for column in COLUMNS if column != "mutation" and not cells[column].strip()]:
        raise BadRow(f"{', '.join(missing)} must not be empty")
    if cells["verdict"] not in VERDICTS:
        raise BadRow(f"the verdict must be {' or '.join(VERDICTS)}")
    function = cells["name"].replace("-", "_")
    if cells["mutation"] and function in known:
        raise BadRow(f"has both a mutation and a function {function}")
    if not cells["mutation"] and function not in known:
        raise BadRow(f"has no mutation, and no module in behaviors/ has a function {function}")
    between = mutation_of(cells["mutation"]) if cells["mutation"] else known[function]
    killed_by = tuple(cells["killed_by"].split())
    return Defect(cells["name"], cells["topic"], cells["source"], cells["breaks"], killed_by, between, cells["verdict"])


@cache
def functions() -> dict[str, Mutation]:
    """The functions of all defects that need code, by name: every public function of a module in behaviors/."""
    found: dict[str, Mutation] = {}
    for path in sorted(BEHAVIORS.glob("[!_]*.py")):
        module = importlib.import_module(f"conformance.defects.behaviors.{path.stem}")
        for name, value in vars(module).items():
            if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__ and callable(value):
                if name in found:
                    raise BadRow(f"behaviors/{path.name}: a function {name} exists twice")
                found[name] = value
    return found
