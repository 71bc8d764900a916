"""The workload that most tests of the load tests carry out."""

from __future__ import annotations

from loadtests.scenarios.workload import Workload, first_phases
from simulator.company.people import Company


def first_cycle(seed: int, users: int) -> Workload:
    """The first cycle of a company of `users` people, for a single worker."""
    company = Company(seed, users)
    groups = company.groups()
    return Workload(company, groups, first_phases(company, groups))
