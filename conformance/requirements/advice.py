"""The effect and the usual fix of checks that declare none of their own, by their file (`advice.csv`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from conformance.requirements.catalogue import CheckFacts


@dataclass(frozen=True, slots=True)
class Advice:
    """What a failure does to users, and how it is usually fixed."""

    effect: str
    fix: str


def advised(facts: CheckFacts, place: str) -> CheckFacts:
    """The facts of a check of a file, such as `rfc7644/test_3_3_creating.py`, with what they lack."""
    if facts.consequence and facts.fix:
        return facts
    advice = advice_for(place)
    return replace(facts, consequence=facts.consequence or advice.effect, fix=facts.fix or advice.fix)


def advice_for(place: str) -> Advice:
    """The row whose `checks` is the longest beginning of the place; empty when there is none."""
    rows = _rows()
    fitting = [begins for begins in rows if place.startswith(begins)]
    return rows[max(fitting, key=len)] if fitting else Advice("", "")


@cache
def _rows() -> dict[str, Advice]:
    content = (files("conformance.requirements") / "advice.csv").read_text("utf-8")
    return {row["checks"]: Advice(row["effect"], row["fix"]) for row in csv.DictReader(content.splitlines())}
