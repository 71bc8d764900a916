"""The catalogue of requirements: every sentence of the RFCs and profiles that binds a server, by id."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, get_args

from simulator.stream.events import FailureLevel

STRICT_LEVELS = frozenset(["MUST", "MUST NOT", "STATED"])
COUNTED_LEVELS = STRICT_LEVELS | {"SHOULD", "SHOULD NOT"}
LEVELS = get_args(FailureLevel)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of requirements.csv or profiles.csv; `rfc` names the document: RFC7644, INTEROP, IPSIE."""

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

    @property
    def counts(self) -> bool:
        """Whether coverage counts it: it binds a server, can be tested from outside, and is more than a MAY."""
        return self.testable == "black-box" and self.party in ("server", "both") and self.level in COUNTED_LEVELS

    def binds_a_client(self, named: bool) -> bool:
        """Whether the coverage of a client counts it: it binds clients, is more than a MAY, and can be seen on the wire.

        `named` says that a rule for clients judges it; `testable` is about what a server shows.
        """
        bound = self.party in ("client", "both") and self.level in COUNTED_LEVELS
        return bound and (named or self.testable == "black-box")


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """Facts that a check declares: requirement ids, the level of a failure, its consequence, and the usual fix."""

    ids: tuple[str, ...]
    level: FailureLevel
    consequence: str
    fix: str = ""


@cache
def catalogue() -> dict[str, Requirement]:
    """All requirements by id: the RFCs' rows, then the profiles'."""
    found = {}
    for name in ("requirements.csv", "profiles.csv"):
        text = (files("conformance.requirements") / name).read_text("utf-8")
        for row in csv.DictReader(text.splitlines()):
            if document := row.pop("document", None):
                row["rfc"] = row["id"].partition("-")[0]
                assert document
            found[row["id"]] = Requirement(**row)
    return found


def requirement(*ids: str, level: FailureLevel = "refusal", consequence: str = "", fix: str = "") -> Callable[[F], F]:
    """Declare the requirements that a check tests; raises ValueError for an id that the catalogue does not have.

    `level` is the kind of failure: "lie" (2xx and a wrong state), "refusal" (4xx for a correct request), or "cosmetic".
    """
    unknown = [id_ for id_ in ids if id_ not in catalogue()]
    if unknown or not ids:
        raise ValueError(f"unknown requirement: {', '.join(unknown) or 'none given'}")
    if level not in LEVELS:
        raise ValueError(f"level: expected lie, refusal, or cosmetic; got {level}")

    def mark(check: F) -> F:
        check.facts = CheckFacts(ids, level, consequence, fix)  # type: ignore[attr-defined]
        return check

    return mark


def is_strict(ids: tuple[str, ...]) -> bool:
    """Whether any of the requirements is a MUST, MUST NOT, or plain statement."""
    return any(catalogue()[id_].level in STRICT_LEVELS for id_ in ids)
