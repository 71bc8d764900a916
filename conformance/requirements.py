"""The catalogue of requirements: every sentence of the RFCs that binds a server, by id."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

STRICT_LEVELS = frozenset(["MUST", "MUST NOT", "STATED"])
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of requirements.csv."""

    id: str
    rfc: str
    section: str
    level: str
    party: str
    topic: str
    requirement: str
    testable: str
    how: str
    confidence: str


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What a check says of itself: requirement ids, how bad a failure is, what it does to a provider."""

    ids: tuple[str, ...]
    level: str
    consequence: str


@cache
def catalogue() -> dict[str, Requirement]:
    """All requirements by id."""
    text = (files("conformance") / "requirements.csv").read_text("utf-8")
    return {row["id"]: Requirement(**row) for row in csv.DictReader(text.splitlines())}


def requirement(*ids: str, level: str = "refusal", consequence: str = "") -> Callable[[F], F]:
    """Tie a check to requirements; an id that the catalogue lacks is refused at once.

    `level` says what a failure is: "lie" (2xx, wrong state), "refusal" (4xx for what is right), "cosmetic".
    """
    unknown = [id_ for id_ in ids if id_ not in catalogue()]
    if unknown or not ids:
        raise ValueError(f"no such requirement: {', '.join(unknown) or 'none given'}")
    if level not in ("lie", "refusal", "cosmetic"):
        raise ValueError(f"level: expected lie, refusal or cosmetic; got {level}")

    def mark(check: F) -> F:
        check.facts = CheckFacts(ids, level, consequence)  # type: ignore[attr-defined]
        return check

    return mark


def is_strict(ids: tuple[str, ...]) -> bool:
    """Whether any of the requirements is more than a recommendation."""
    return any(catalogue()[id_].level in STRICT_LEVELS for id_ in ids)
