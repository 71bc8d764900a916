"""What makes a scenario: its settings, and the company, groups and phases that follow from them in any process."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.scenarios.workload import Phase
from simulator.company.people import Company, CompanyGroup


@dataclass(frozen=True, slots=True)
class Settings:
    """Two runs of the same settings do the same; `seconds` is for endless phases, `tenants` for companies at once."""

    scenario: str = "initial-cycle"
    users: int = 1000
    seed: int = 4711
    seconds: float = 60.0
    cycles: int = 5
    tenants: int = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Who and what, in which order."""

    company: Company
    groups: list[CompanyGroup]
    phases: tuple[Phase, ...]


def some_people(seed: int, name: str, size: int, part: float) -> Sequence[int]:
    """A part of the people, at least one, in an order of its own; the same in every process."""
    return random.Random(f"{seed}/{name}").sample(range(size), max(1, round(size * part)))


def scattered(size: int, number: int) -> int:
    """Person of turn `number`: everybody once a round, neighbours far apart."""
    step = max(1, int(size * 0.618))
    while _common_divisor(step, size) > 1:
        step += 1
    return number * step % size


def _common_divisor(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a
