"""A rule: what the table says about it, and the function of its name that judges a journey."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.client.journey import Journey
from conformance.client.sent import Sent
from conformance.requirements.verdict import Verdict

TABLE = Path(__file__).with_name("rules.csv")
MODULES = Path(__file__).with_name("rules")
PROFILES = ("rfc", "cursor", "interop", "ipsie")
DEFAULT_PROFILES = ("rfc", "cursor")


@dataclass(frozen=True)
class Complaint:
    """What a client did wrong."""

    message: str
    expected: str = ""
    got: str = ""
    verdict: Verdict | None = None  # None: the verdict of the rule


Missed = Iterator[tuple[Sent | None, Complaint]]  # what a goal of a situation lacks, with the request that shows it
Judged = Iterator[tuple[Sent, Complaint | None]]  # each request that a rule applies to, and what is wrong with it


@dataclass(frozen=True)
class Rule:
    """One row of rules.csv. `verdict` is that of a complaint; `profile` is the document that contains the requirement.

    `looks_at` is what the rule must know to judge a request: the `request` alone, `earlier` requests too, or the whole
    `recording`.
    """

    name: str
    profile: str
    looks_at: str
    requirements: tuple[str, ...]
    verdict: Verdict
    title: str
    impact: str
    fix: str
    judge: Callable[[Journey], Judged]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by name, in the order of the rows."""
    judges = _functions()
    found = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            required, verdict = tuple(row.pop("requirements").split()), Verdict(row.pop("verdict"))
            found[row["name"]] = Rule(requirements=required, verdict=verdict, judge=judges[row["name"]], **row)
    return found


def _functions() -> dict[str, Callable[[Journey], Judged]]:
    """Every public function of the modules in rules/, by name."""
    found: dict[str, Callable[[Journey], Judged]] = {}
    for path in sorted(MODULES.glob("[!_]*.py")):
        module = importlib.import_module(f"conformance.client.rules.{path.stem}")
        for name, value in vars(module).items():
            if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__ and callable(value):
                found[name] = value
    return found
