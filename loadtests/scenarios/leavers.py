"""Leavers: 10% of the users leave at the same time, and the time until each is inactive is measured."""

from __future__ import annotations

from loadtests.scenarios.plan import Plan, Settings, some_people
from loadtests.scenarios.workload import Phase, Unit, first_phases
from simulator.company.people import Company

LEAVING = 0.1


def plan(settings: Settings) -> Plan:
    company = Company(settings.seed, settings.users)
    groups = settings.groups_of(company)
    people = some_people(settings.seed, "leavers", settings.users, LEAVING)
    leaving = Phase("leavers", lambda: (Unit("leave", person=i) for i in people), len(people))
    return Plan(company, groups, (*first_phases(company, groups, measured=False), leaving))
