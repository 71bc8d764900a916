"""Monday morning: all changes of a weekend at once, with joiners, movers, and leavers in random order."""

from __future__ import annotations

import random

from loadtests.scenarios.plan import Plan, Settings, some_people
from loadtests.scenarios.workload import Phase, Unit, first_phases
from simulator.company.people import Company

CHANGED, LEAVING, JOINING = 0.05, 0.02, 0.01
RAMP_SECONDS = 30.0  # time to reach the full rate, if a rate is set


def plan(settings: Settings) -> Plan:
    company, size = Company(settings.seed, settings.users), settings.users
    groups = settings.groups_of(company)
    concerned = some_people(settings.seed, "monday", size, CHANGED + LEAVING)
    leaving = round(len(concerned) * LEAVING / (CHANGED + LEAVING))
    joiners = range(size, size + max(1, round(size * JOINING)))
    units = [Unit("leave", person=i) for i in concerned[:leaving]]
    units += [Unit("change", person=i, number=1) for i in concerned[leaving:]]
    units += [Unit("join", person=i) for i in joiners]
    random.Random(f"{settings.seed}/monday order").shuffle(units)
    morning = Phase("morning", lambda: units, len(units))
    managers = Phase("managers", lambda: (Unit("manager", person=i) for i in joiners), len(joiners))
    return Plan(company, groups, (*first_phases(company, groups, measured=False), morning, managers))
