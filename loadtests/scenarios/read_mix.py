"""Read mix: single reads, filters, first and deep pages, and groups, without writes."""

from __future__ import annotations

import random

from loadtests.scenarios.plan import Plan, Settings, scattered
from loadtests.scenarios.workload import Phase, Unit, endless, first_phases
from simulator.company.people import Company

MIX = {"read one": 40, "match": 30, "first page": 10, "deep page": 10, "read group": 10}


def plan(settings: Settings) -> Plan:
    company = Company(settings.seed, settings.users)
    groups = company.groups()

    def unit(number: int) -> Unit:
        dice = random.Random(f"{settings.seed}/read/{number}")
        (kind,) = dice.choices(list(MIX), list(MIX.values()))
        return Unit(kind, scattered(settings.users, number), dice.randrange(len(groups)), number)

    reads = Phase("reads", endless(unit), 0, seconds=settings.seconds)
    return Plan(company, groups, (*first_phases(company, groups, measured=False), reads))
