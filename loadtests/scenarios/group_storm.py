"""Group storm: three groups get up to 10,000 members with one PATCH each, then a tenth of the members is removed."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.scenarios.plan import Plan, Settings, some_people
from loadtests.scenarios.workload import Phase, Unit, first_phases
from simulator.company.people import Company, CompanyGroup

GROUPS = 3
MOST_MEMBERS = 10_000
EVERY_LEAVING = 10


def plan(settings: Settings) -> Plan:
    company, size = Company(settings.seed, settings.users), settings.users
    groups = [_group(company, number) for number in range(GROUPS)]

    def joining() -> Iterator[Unit]:
        for place in range(len(groups[0].member_indexes)):
            for number, group in enumerate(groups):
                yield Unit("member", person=group.member_indexes[place], group=number)

    def leaving() -> Iterator[Unit]:
        for number, group in enumerate(groups):
            for index in group.member_indexes[::EVERY_LEAVING]:
                yield Unit("member gone", person=index, group=number)

    members = min(MOST_MEMBERS, size)
    storm = (
        Phase("groups", lambda: (Unit("group", group=number) for number in range(GROUPS)), GROUPS),
        Phase("members", joining, GROUPS * members),
        Phase("members gone", leaving, GROUPS * -(-members // EVERY_LEAVING)),
    )
    return Plan(company, groups, (*first_phases(company, [], measured=False), *storm))


def _group(company: Company, number: int) -> CompanyGroup:
    people = some_people(company.seed, f"storm {number}", company.size, min(1.0, MOST_MEMBERS / company.size))
    name = f"Storm {company.seed}-{number + 1}"
    return CompanyGroup(company.object_id("storm", number), name, "A group of a storm", tuple(people))
