"""The settings of a scenario, and the company, groups, and phases that every process derives from them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.scenarios.workload import PATIENCE_SECONDS, Phase
from simulator.company.people import Company, CompanyGroup


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a load test. Equal settings give equal work, in any number of processes.

    `seconds` is the duration of endless phases, and `tenants` the number of companies that are provisioned at once. `rate`
    is the number of arrivals per second of an open loop; 0 is a closed loop, which sends the next request after a response.
    Requests of the first `warm_up` seconds are not measured. `patience_s` is how long a unit of work may wait, for example
    for a leaver to become inactive.
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
    groups: bool = True  # False for a target without groups

    def groups_of(self, company: Company) -> list[CompanyGroup]:
        """The groups that are provisioned."""
        return company.groups() if self.groups else []


@dataclass(frozen=True, slots=True)
class Plan:
    """The company, the groups, and the phases of a scenario."""

    company: Company
    groups: list[CompanyGroup]
    phases: tuple[Phase, ...]


def some_people(seed: int, name: str, size: int, part: float) -> Sequence[int]:
    """A random part of the people, at least one, in random order; the same in every process."""
    return random.Random(f"{seed}/{name}").sample(range(size), max(1, round(size * part)))


def scattered(size: int, number: int) -> int:
    """The person of turn `number`: each person once per round, with consecutive turns far apart."""
    step = max(1, int(size * 0.618))
    while math.gcd(step, size) > 1:
        step += 1
    return number * step % size
