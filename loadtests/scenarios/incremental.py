"""Incremental cycles: in each cycle, 1% of the people have changed and are read and patched."""

from __future__ import annotations

from loadtests.scenarios.plan import Plan, Settings, some_people
from loadtests.scenarios.workload import Phase, Unit, first_phases
from simulator.company.people import Company

CHANGED = 0.01


def plan(settings: Settings) -> Plan:
    company = Company(settings.seed, settings.users)
    groups = settings.groups_of(company)
    cycles = (_cycle(settings, number) for number in range(1, settings.cycles + 1))
    return Plan(company, groups, (*first_phases(company, groups, measured=False), *cycles))


def _cycle(settings: Settings, number: int) -> Phase:
    people = some_people(settings.seed, f"cycle {number}", settings.users, CHANGED)
    return Phase(f"cycle {number}", lambda: (Unit("change", person=i, number=number) for i in people), len(people))
