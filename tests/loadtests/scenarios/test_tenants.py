"""Several companies at once: each user belongs to exactly one of them, and so does every reference."""

from __future__ import annotations

from collections import Counter

import pytest

from loadtests.scenarios.plan import Settings
from loadtests.scenarios.tenants import Companies, groups_of, people_of, plan, tenant_of
from loadtests.scenarios.workload import Unit
from simulator.company.people import Company

NUMBER, SIZE = 3, 31
COMPANY = Companies(4711, SIZE, NUMBER)


def test_every_person_and_every_group_belongs_to_one_tenant() -> None:
    assert sorted(i for tenant in range(NUMBER) for i in people_of(COMPANY, tenant)) == list(range(SIZE))
    groups = COMPANY.groups()
    owned = [number for tenant in range(NUMBER) for number, _ in groups_of(COMPANY, groups, tenant)]
    assert sorted(owned) == list(range(len(groups)))
    assert people_of(COMPANY, None) == range(SIZE)
    assert len(list(groups_of(COMPANY, groups, None))) == len(groups)


def test_managers_and_members_are_of_the_same_company() -> None:
    for index in range(SIZE):
        manager = COMPANY.person(index).manager_index
        assert manager is None or manager % NUMBER == index % NUMBER
    for tenant in range(NUMBER):
        for _, group in groups_of(COMPANY, COMPANY.groups(), tenant):
            assert set(group.member_indexes) <= set(people_of(COMPANY, tenant))


def test_companies_differ_in_domain_and_people() -> None:
    domains = {COMPANY.person(index).user_principal_name.partition("@")[2] for index in range(SIZE)}
    assert domains == {"tenant-1.example", "tenant-2.example", "tenant-3.example"}
    names = [COMPANY.person(index).user_principal_name for index in range(SIZE)]
    assert len(set(names)) == SIZE


@pytest.mark.parametrize(
    ("unit", "tenant"),
    [(Unit("probe", number=2), 2), (Unit("user", person=7), 1), (Unit("member", person=5, group=0), 2)],
)
def test_a_unit_goes_over_the_connection_of_its_tenant(unit: Unit, tenant: int) -> None:
    assert tenant_of(COMPANY, unit) == tenant
    assert tenant_of(Company(4711, SIZE), unit) == 0


def test_every_tenant_has_a_probe_and_all_are_busy_to_the_end() -> None:
    made = plan(Settings("tenants", users=SIZE, tenants=NUMBER))
    probe, users, _, references = made.phases
    assert [tenant_of(made.company, unit) for unit in probe.units()] == [0, 1, 2]
    sizes = Counter(tenant_of(made.company, unit) for unit in (*probe.units(), *users.units()))
    assert max(sizes.values()) - min(sizes.values()) <= 1
    for phase in made.phases:
        assert len(list(phase.units())) == phase.size
    beginning = [tenant_of(made.company, unit) for unit in references.units()][: 2 * NUMBER]
    assert sorted(beginning) == [0, 0, 1, 1, 2, 2]
