"""Compares the end state of the target with the state that the run must have produced."""

from __future__ import annotations

from typing import Any

from loadtests.measurements.result import Result
from loadtests.scenarios.catalog import finished_work
from loadtests.scenarios.initial_cycle import current_values
from loadtests.scenarios.plan import Settings
from loadtests.scenarios.tenants import groups_of, people_of
from loadtests.scenarios.workload import Workload
from simulator.verify.compare import Comparison, Difference
from simulator.verify.expected import ExpectedGroup, ExpectedState, ExpectedUser


def expected_work(settings: Settings, result: Result) -> Workload:
    """The state of the directory after the run, linked to the target's ids."""
    work = finished_work(settings)
    work.record.add(result.record)
    return work


def compare_end_state(
    work: Workload,
    users: list[dict[str, Any]],
    groups: list[dict[str, Any]] | None,
    foreign: frozenset[str],
    tenant: int | None = None,
) -> list[Difference]:
    """Lost, duplicate, and wrong resources. `foreign` ids existed before the run. Groups of None were not read.

    With a `tenant`, only the people and groups of this tenant may exist in the target.
    """
    expected = ExpectedState(foreign=foreign)
    shared = _expect_users(expected, work, tenant)
    _expect_groups(expected, work, tenant)
    expected.foreign -= expected.users.keys() | expected.groups.keys()
    return shared + Comparison().differences(expected, users, groups)


def _expect_users(expected: ExpectedState, work: Workload, tenant: int | None) -> list[Difference]:
    """Add the expected users. Returns those that share an id with another user.

    In that case, one of the two was overwritten, which the target's list alone does not show.
    """
    shared: list[Difference] = []
    ids = work.record.user_ids
    for index in (*people_of(work.company, tenant), *sorted(work.record.joined)):
        person = work.company.person(index)
        target = ids.get(index)
        if target is None:
            expected.unlinked[person.object_id] = person.display_name
            continue
        if target in expected.users:
            other = f"the id of {expected.users[target].name}"
            shared.append(Difference("twice", person.display_name, "id", "a unique id", other))
        manager = None if person.manager_index is None else ids.get(person.manager_index)
        expected.users[target] = ExpectedUser(
            person.object_id, person.display_name, current_values(work, person), manager
        )
    return shared


def _expect_groups(expected: ExpectedState, work: Workload, tenant: int | None) -> None:
    """Add the expected groups with the members that were not removed."""
    record = work.record
    for number, group in groups_of(work.company, work.groups, tenant):
        target = record.group_ids.get(number)
        if target is None:
            expected.unlinked[group.object_id] = group.display_name
            continue
        staying = (index for index in group.member_indexes if (number, index) not in record.left_groups)
        members = frozenset(record.user_ids[index] for index in staying if index in record.user_ids)
        values = {"displayName": group.display_name}
        expected.groups[target] = ExpectedGroup(group.object_id, group.display_name, values, members)
