"""Tenants: the initial cycles of several companies at once, each over its own connection (loadtests/target/connections.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, zip_longest

from loadtests.scenarios.plan import Plan, Settings
from loadtests.scenarios.workload import Unit, first_phases
from simulator.company.people import Company, CompanyGroup, Person


class Companies(Company):
    """Several companies as one: person `i` is person `i // number` of company `i % number`. Each company has its own seed."""

    def __init__(self, seed: int, size: int, number: int) -> None:
        super().__init__(seed, size)
        self.number = number
        self.companies = [
            Company(seed + tenant, len(range(tenant, size, number)), f"tenant-{tenant + 1}.example")
            for tenant in range(number)
        ]

    def person(self, index: int) -> Person:
        own, tenant = divmod(index, self.number)
        return replace(self.companies[tenant].person(own), index=index, manager_index=self.manager_of(index))

    def manager_of(self, index: int) -> int | None:
        own, tenant = divmod(index, self.number)
        manager = self.companies[tenant].manager_of(own)
        return None if manager is None else self._index(tenant, manager)

    def groups(self, people: Iterable[Person] | None = None) -> list[CompanyGroup]:
        """The groups of all companies, one company after the other. Group names are the same in each company."""
        return [group for _, group in self._owned]

    def tenant_of(self, *, person: int = -1, group: int = -1) -> int:
        """The tenant of a person or group."""
        return person % self.number if person >= 0 else self._owned[group][0]

    @cached_property
    def _owned(self) -> list[tuple[int, CompanyGroup]]:
        return [
            (tenant, replace(group, member_indexes=tuple(self._index(tenant, own) for own in group.member_indexes)))
            for tenant, company in enumerate(self.companies)
            for group in company.groups()
        ]

    def _index(self, tenant: int, own: int) -> int:
        return own * self.number + tenant


def plan(settings: Settings) -> Plan:
    company = Companies(settings.seed, settings.users, settings.tenants)
    groups = company.groups()
    heads = range(settings.tenants)
    probe, users, made, references = first_phases(company, groups, heads=heads)
    probes = replace(probe, units=lambda: (Unit("probe", number=tenant) for tenant in heads), size=settings.tenants)
    return Plan(company, groups, (probes, users, made, replace(references, units=lambda: _in_turn(company))))


def tenant_of(company: Company, unit: Unit) -> int:
    """The tenant whose connection a unit uses. The number of a connection test is its tenant."""
    if not isinstance(company, Companies):
        return 0
    if unit.person < 0 and unit.group < 0:
        return unit.number
    return company.tenant_of(person=unit.person, group=unit.group)


def people_of(company: Company, tenant: int | None) -> range:
    """The numbers of a tenant's people; None: of all tenants."""
    if tenant is None or not isinstance(company, Companies):
        return range(company.size)
    return range(tenant, company.size, company.number)


def groups_of(
    company: Company, groups: Sequence[CompanyGroup], tenant: int | None
) -> Iterator[tuple[int, CompanyGroup]]:
    """The numbers and groups of a tenant; None: of all tenants."""
    for number, group in enumerate(groups):
        if tenant is None or not isinstance(company, Companies) or company.tenant_of(group=number) == tenant:
            yield number, group


def _in_turn(company: Companies) -> Iterator[Unit]:
    """Members and managers of each company in turn, so that all tenants are busy until the end."""
    rows = zip_longest(*(_references(company, tenant) for tenant in range(company.number)))
    return (unit for unit in chain.from_iterable(rows) if unit is not None)


def _references(company: Companies, tenant: int) -> Iterator[Unit]:
    for number, group in enumerate(company.groups()):
        if company.tenant_of(group=number) == tenant:
            yield from (Unit("member", person=index, group=number) for index in group.member_indexes)
    for index in range(
        company.number + tenant, company.size, company.number
    ):  # the first person of each company has no manager
        yield Unit("manager", person=index)
