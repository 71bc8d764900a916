"""The situations: what the table says about each, the trouble that it makes, and the resources that it begins with."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.client import trouble
from conformance.defects.conditions import Condition
from conformance.defects.expressions import condition_from, mutation_of
from conformance.defects.mutations import Mutation
from conformance.requirements.verdict import Verdict
from conformance.target.discovery import GROUP_URN, USER_URN

TABLE = Path(__file__).with_name("situations.csv")
STEADY = "steady"
HOSTILE = (
    'O\'Brien "Bob" \\ 100%',
    'x" or userName pr or userName eq "',
    "<script>alert(1)</script>",
    "Zoë 山田 🦄",
    "a+b&c=d;e?f#g/h",
    "../../Groups",
    "true",
)


@dataclass(frozen=True)
class Situation:
    """One row of situations.csv.

    `strikes` holds for the exchanges in which the client meets what the situation is about; without any, the situation is
    not exercised. `goals` name the functions that judge how it ended. `seed` names what the server holds at the beginning.
    """

    name: str
    title: str
    needs: str
    trouble: Mutation
    strikes: Condition
    goals: tuple[str, ...]
    seed: str
    verdict: Verdict
    requirements: tuple[str, ...]
    impact: str
    fix: str
    certificate: str = ""  # what is wrong with the certificate; empty: the situation is served without TLS

    def seeds(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(endpoint, body) of each resource that the server holds at the beginning."""
        if self.seed == "people":
            for number in range(7):
                yield "/Users", {"schemas": [USER_URN], "userName": f"resident{number}@example.com", "active": True}
        for number, name in enumerate(HOSTILE if self.seed == "hostile" else ()):
            user = {"userName": f"{name} {number}", "displayName": name, "name": {"familyName": name}}
            yield "/Users", {"schemas": [USER_URN], **user}
        if self.seed == "hostile":
            yield "/Groups", {"schemas": [GROUP_URN], "displayName": HOSTILE[0]}


@cache
def situations() -> dict[str, Situation]:
    """Every situation by name, in the order of the rows."""
    found = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, expression = row["name"], row["trouble"]
            makes = mutation_of(expression) if expression else getattr(trouble, name.replace("-", "_"))
            found[name] = Situation(
                name=name,
                title=row["title"],
                needs=row["needs"],
                trouble=makes,
                strikes=condition_from(row["strikes"]),
                goals=tuple(row["goals"].split()),
                seed=row["seed"],
                verdict=Verdict(row["verdict"]),
                requirements=tuple(row["requirements"].split()),
                impact=row["impact"],
                fix=row["fix"],
                certificate=row["certificate"],
            )
    return found
