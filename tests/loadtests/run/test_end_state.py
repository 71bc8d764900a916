"""What is lost, doubled or wrong at the end is named, whatever the figures were."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from loadtests.run.end_state import compare_end_state
from loadtests.scenarios.initial_cycle import wanted_values
from loadtests.scenarios.workload import Workload
from simulator.entra.requests import create_user
from tests.loadtests.first_cycle import first_cycle
from tests.support import ENTERPRISE

State = tuple[Workload, list[dict[str, Any]], list[dict[str, Any]]]
USERS = 12


@pytest.fixture
def right() -> State:
    """A finished run and the target as it must be."""
    work = first_cycle(7, USERS)
    work.record.user_ids.update({index: f"u{index}" for index in range(USERS)})
    work.record.group_ids.update({number: f"g{number}" for number in range(len(work.groups))})
    users = []
    for index in range(USERS):
        body = copy.deepcopy(create_user(wanted_values(work.company.person(index))).body) or {}
        body["id"] = f"u{index}"
        manager = work.company.person(index).manager_index
        if manager is not None:
            body.setdefault(ENTERPRISE, {})["manager"] = {"value": f"u{manager}"}
        users.append(body)
    groups = [
        {"id": f"g{n}", "displayName": g.display_name, "members": [{"value": f"u{i}"} for i in g.member_indexes]}
        for n, g in enumerate(work.groups)
    ]
    return work, users, groups


def found(state: State, foreign: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(item.kind, item.attribute) for item in compare_end_state(*state, foreign)]


def test_a_right_target_has_no_differences(right: State) -> None:
    assert found(right) == []


def lose_user(state: State) -> None:
    del state[1][3]


def lose_group(state: State) -> None:
    del state[2][1]


def double_user(state: State) -> None:
    state[1].append({**state[1][3], "id": "other"})


def list_twice(state: State) -> None:
    state[1].append(state[1][3])


def keep_old_title(state: State) -> None:
    state[1][3]["title"] = "Something else"


def switch_off(state: State) -> None:
    state[1][3]["active"] = False


def active_as_text(state: State) -> None:
    state[1][3]["active"] = "True"


def lose_manager(state: State) -> None:
    del state[1][3][ENTERPRISE]["manager"]


def lose_member(state: State) -> None:
    state[2][0]["members"].pop()


def double_member(state: State) -> None:
    state[2][0]["members"].append(state[2][0]["members"][0])


def strange_member(state: State) -> None:
    state[2][0]["members"].append({"value": "stranger"})


def rename_group(state: State) -> None:
    state[2][0]["displayName"] = "Nobody"


def stranger(state: State) -> None:
    state[1].append({"id": "new", "userName": "new@contoso.example"})


def never_created(state: State) -> None:
    del state[0].record.user_ids[USERS - 1]
    del state[1][USERS - 1]
    for group in state[2]:
        group["members"] = [m for m in group["members"] if m["value"] != f"u{USERS - 1}"]


def one_id_for_two(state: State) -> None:
    """The target overwrote person 4 with person 5 and answered the same id twice."""
    work, users, groups = state
    work.record.user_ids[4] = "u5"
    users[:] = [user for user in users if user["id"] != "u4"]
    for user in users:
        if user[ENTERPRISE].get("manager", {}).get("value") == "u4":
            user[ENTERPRISE]["manager"]["value"] = "u5"
    for group in groups:
        values = {m["value"].replace("u4", "u5") for m in group["members"]}
        group["members"] = [{"value": value} for value in sorted(values)]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose_user, ("missing", "")),
        (lose_group, ("missing", "")),
        (double_user, ("twice", "userName")),
        (list_twice, ("twice", "id")),
        (keep_old_title, ("value", "title")),
        (switch_off, ("active", "active")),
        (active_as_text, ("active", "active")),
        (lose_manager, ("manager", "manager")),
        (lose_member, ("members", "members")),
        (double_member, ("twice", "members")),
        (strange_member, ("members", "members")),
        (rename_group, ("value", "displayName")),
        (stranger, ("unexpected", "")),
        (never_created, ("missing", "")),
        (one_id_for_two, ("twice", "id")),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_damage_is_found(right: State, damage: Callable[[State], None], expected: tuple[str, str]) -> None:
    damage(right)
    assert expected in found(right)


def test_what_was_there_before_is_ignored(right: State) -> None:
    right[1].append({"id": "old", "userName": "old@other.example"})
    right[2].append({"id": "old group", "displayName": "Old"})
    assert found(right, frozenset(["old", "old group"])) == []
    assert len(found(right)) == 2


def test_a_user_matched_from_an_earlier_run_is_compared_anyway(right: State) -> None:
    keep_old_title(right)
    assert found(right, frozenset(f"u{index}" for index in range(USERS))) == [("value", "title")]
