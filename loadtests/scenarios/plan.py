"""What makes a scenario: its settings, and the company, groups and phases that follow from them in any process."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.scenarios.workload import PATIENCE_SECONDS, Phase
from simulator.company.people import Company, CompanyGroup


@dataclass(frozen=True, slots=True)
class Settings:
    """What is sent, to whom, and when. Two runs of the same settings do the same, in any number of processes.

    `seconds` is how long endless phases last, `tenants` the number of companies that are provisioned at once. `rate` is
    arrivals per second of an open loop; 0 is a closed loop, which sends as fast as it is answered. Requests of the first
    `warm_up` seconds are in no figure. `patience_s` is how long a unit of work waits, such as for a leaver to become
    inactive.
    """

    scenario: str = "initial-cycle"
    users: int = 1000
    seed: int = 4711
    seconds: float = 60.0
    cycles: int = 5
    tenants: int = 4
    rate: float = 0.0
    warm_up: float = 0.0
    patience_s: float = PATIENCE_SECONDS
    groups: bool = True  # False for a target that has none

    def groups_of(self, company: Company) -> list[CompanyGroup]:
        """The groups that are provisioned."""
        return company.groups() if self.groups else []


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
    while math.gcd(step, size) > 1:
        step += 1
    return number * step % size
