"""The end state: what the target holds against what the run should have left in it. Fast and wrong fails."""

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
    """What the directory says after the run, linked to the target by the ids that it gave."""
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
    """What is lost, doubled or wrong; `foreign` ids were there before the run. Groups that are None were not read.

    With a `tenant`, only its people and groups may be there: those of another one are nobody that it knows.
    """
    expected = ExpectedState(foreign=foreign)
    shared = _expect_users(expected, work, tenant)
    _expect_groups(expected, work, tenant)
    expected.foreign -= expected.users.keys() | expected.groups.keys()
    return shared + Comparison().differences(expected, users, groups)


def _expect_users(expected: ExpectedState, work: Workload, tenant: int | None) -> list[Difference]:
    """Fill the users in; returns those that share an id with another one.

    One of the two was overwritten then, which the target's list alone would never show.
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
            other = f"that of {expected.users[target].name}"
            shared.append(Difference("twice", person.display_name, "id", "an id of their own", other))
        manager = None if person.manager_index is None else ids.get(person.manager_index)
        values = current_values(work, index)
        expected.users[target] = ExpectedUser(person.object_id, person.display_name, values, manager)
    return shared


def _expect_groups(expected: ExpectedState, work: Workload, tenant: int | None) -> None:
    """Fill the groups in, with the members that were not removed."""
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
