"""Tenants: the first cycles of several companies at once, each over connections of its own.

SCIM_TENANTS names a JSON file, `[{"url": …, "token": …}, …]`, with one SCIM connection per company; without it, all of them
go to the one target, told apart by their domains.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from loadtests.scenarios.plan import Plan, Settings
from loadtests.workload import Phase, Unit, first_phases
from simulator.company.people import Company, CompanyGroup, Person


class BadTenants(Exception):
    """The file of tenants cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where one company is provisioned to."""

    url: str
    token: str = field(repr=False)


class Companies(Company):
    """Several companies as one: person `i` is the `i % share`th of company `i // share`."""

    def __init__(self, seed: int, size: int, number: int) -> None:
        super().__init__(seed, size)
        self.share = -(-size // number)
        self.companies = [
            Company(seed + place, min(self.share, size - start), f"tenant-{place + 1}.example")
            for place, start in enumerate(range(0, size, self.share))
        ]

    def person(self, index: int) -> Person:
        tenant, own = divmod(index, self.share)
        person = self.companies[tenant].person(own)
        manager = person.manager_index
        return replace(person, index=index, manager_index=None if manager is None else tenant * self.share + manager)

    def groups(self) -> list[CompanyGroup]:
        """Those of all companies; a domain in the name tells them apart."""
        found: list[CompanyGroup] = []
        for tenant, company in enumerate(self.companies):
            for group in company.groups():
                members = tuple(tenant * self.share + index for index in group.member_indexes)
                name = f"{company.domain} {group.display_name}"
                found.append(replace(group, display_name=name, member_indexes=members))
        return found

    def tenant_of(self, unit: Unit, groups: list[CompanyGroup]) -> int:
        """Whose unit it is; the probe is the first one's."""
        if unit.person >= 0:
            return unit.person // self.share
        domain = groups[unit.group].display_name.partition(" ")[0] if unit.group >= 0 else self.companies[0].domain
        return next(tenant for tenant, company in enumerate(self.companies) if company.domain == domain)


def plan(settings: Settings) -> Plan:
    company = Companies(settings.seed, settings.users, min(settings.tenants, settings.users))
    groups = company.groups()
    heads = range(0, company.size, company.share)
    return Plan(company, groups, _interleaved(company, first_phases(company, groups, heads=heads)))


def _interleaved(company: Companies, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Users in turn from each company: all tenants are busy from the first moment on."""

    def users() -> Iterator[Unit]:
        for own in range(company.share):
            for index in range(own, company.size, company.share):
                yield Unit("user", person=index)

    return (phases[0], replace(phases[1], units=users), *phases[2:])


def read_tenants(path: str | Path) -> list[Connection]:
    """The connections of a SCIM_TENANTS file; raises BadTenants."""
    try:
        rows = json.loads(Path(path).read_text("utf-8"))
        found = [Connection(row["url"].rstrip("/"), row["token"]) for row in rows]
    except OSError as error:
        raise BadTenants(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadTenants(f'{path}: expected [{{"url": …, "token": …}}, …]') from None
    if not found:
        raise BadTenants(f"{path}: no tenant in it")
    return found
