"""The company: the same people from the same seed, in any process; unique names; a tree of managers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.company.names import ascii_name
from simulator.company.people import Company

DIGEST = """
import hashlib
from simulator.company.people import Company
c = Company(7, 300)
print(hashlib.sha256(repr([*c.people(), *c.groups()]).encode()).hexdigest())
"""


def test_same_seed_gives_the_same_company_in_any_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "random")
    }
    assert len(digests) == 1


@given(st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_person_depends_on_seed_and_number_only(seed: int, index: int) -> None:
    assert Company(seed, 5).person(index) == Company(seed, 50_000).person(index)


def test_names_are_unique_and_plain_where_machines_read_them() -> None:
    people = list(Company(4711, 20_000).people())
    names = [person.user_principal_name for person in people]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and " " not in name for name in names)
    assert sum(not person.display_name.isascii() for person in people) > 2_000


def test_managers_form_a_tree() -> None:
    for person in Company(1, 2_000).people():
        assert (person.manager_index is None) is (person.index == 0)
        assert person.manager_index is None or person.manager_index < person.index


def test_groups_hold_everyone_and_no_one_twice() -> None:
    company = Company(3, 400)
    groups = company.groups()
    assert len({group.object_id for group in groups}) == len({group.display_name for group in groups}) == len(groups)
    for group in groups:
        assert len(set(group.member_indexes)) == len(group.member_indexes)
        assert all(0 <= index < 400 for index in group.member_indexes)
    departments = [
        index for group in groups if group.display_name.startswith("Department") for index in group.member_indexes
    ]
    assert sorted(departments) == list(range(400))


def test_hostile_names_come_on_request_only() -> None:
    assert not any("<" in person.display_name for person in Company(1, 100).people())
    assert any("<script>" in person.display_name for person in Company(1, 100, hostile_names=True).people())


def test_company_needs_someone() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Company(1, 0)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Łucja", "lucja"), ("Ñandú", "nandu"), ("O'Brien", "obrien"), ("Großmann", "grossmann"), ("和也", "")],
)
def test_names_for_machines(name: str, plain: str) -> None:
    assert ascii_name(name) == plain
