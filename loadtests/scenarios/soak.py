"""Soak: everyday load at a fixed rate for hours, with reads, changes, deactivations, and membership changes."""

from __future__ import annotations

import random

from loadtests.scenarios.plan import Plan, Settings, scattered
from loadtests.scenarios.workload import Phase, Unit, endless, first_phases
from simulator.company.people import Company

MIX = {"read one": 30, "match": 20, "deep page": 5, "change": 25, "switch": 10, "regroup": 10}
RATE = 25.0  # requests per second by default: the rate that Entra ID requires per tenant


def plan(settings: Settings) -> Plan:
    company = Company(settings.seed, settings.users)
    groups = company.groups()

    def unit(number: int) -> Unit:
        (kind,) = random.Random(f"{settings.seed}/soak/{number}").choices(list(MIX), list(MIX.values()))
        # The number distinguishes pages. Changes need none, because a user may change repeatedly.
        return Unit(kind, scattered(settings.users, number), 0, number if kind == "deep page" else 0)

    day = Phase("soak", endless(unit), 0, seconds=settings.seconds, alone=True)
    return Plan(company, groups, (*first_phases(company, groups, measured=False), day))
