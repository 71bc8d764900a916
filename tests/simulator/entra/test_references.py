"""Entra writes managers and members after the objects, and only what changed (docs/notes/entra.md 3.6, 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"


def set_manager(user: str, manager: str, op: str = "Add") -> str:
    return f'PATCH /Users/{user} {PATCH}[{{"op":"{op}","path":"{MANAGER}","value":"{manager}"}}]}}'


def member(group: str, user: str, op: str = "Add") -> str:
    return f'PATCH /Groups/{group} {PATCH}[{{"op":"{op}","path":"members","value":[{{"value":"{user}"}}]}}]}}'


def team(target: FakeTarget, **knobs: Any) -> Engine:
    """Anna, Bert, and Cleo (u1 to u3); no one has a manager yet."""
    engine = Engine(target, **knobs)
    for name in ("Anna A", "Bert B", "Cleo C"):
        engine.person(name)
    engine.cycle()
    return engine


def patches(engine: Engine) -> list[str]:
    engine.cycle()
    return bodies(engine.target.lines("PATCH"))


def test_a_manager_is_added_replaced_and_removed(target: FakeTarget) -> None:
    engine = team(target)
    found = []
    for manager in ("id-bert", "id-cleo", None):
        engine.directory.set_manager(engine.now, "id-anna", manager)
        found += patches(engine)
    assert found == [
        set_manager("u1", "u2"),
        set_manager("u1", "u3", "Replace"),
        f'PATCH /Users/u1 {PATCH}[{{"op":"Remove","path":"{MANAGER}"}}]}}',
    ]
    assert patches(engine) == []


def test_a_manager_that_the_target_does_not_show_is_sent_again_with_each_change(target: FakeTarget) -> None:
    """azure-docs #11784: the engine compares with what it read."""
    engine = team(target)
    engine.directory.set_manager(engine.now, "id-anna", "id-bert")
    engine.cycle()
    for resource in target.resources.values():
        resource.pop(MANAGER.rpartition(":")[0], None)
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    assert set_manager("u1", "u2") in patches(engine)


def test_a_manager_who_is_not_in_the_target_is_left_out(target: FakeTarget) -> None:
    engine = team(target)
    outsider = engine.person("Dora D")
    engine.directory.unassign(engine.now, outsider)
    engine.directory.set_manager(engine.now, "id-anna", outsider)
    assert patches(engine) == []
    assert engine.job.state.escrows.counts() == (0, 0)  # a manager out of scope is not waited for


def test_members_leave_first_and_then_join_one_in_each_patch(target: FakeTarget) -> None:
    engine = team(target)
    group = engine.group("Sales", "id-anna", "id-bert")
    assert patches(engine) == [member("g4", "u1"), member("g4", "u2")]
    engine.directory.add_member(engine.now, group, "id-cleo")
    engine.directory.remove_member(engine.now, group, "id-anna")
    assert patches(engine) == [member("g4", "u1", "Remove"), member("g4", "u3")]
    assert engine.turn("members").modified == [("members", "u1", None), ("members", None, "u3")]


@pytest.mark.parametrize(("size", "sizes"), [(1, [1, 1, 1]), (2, [2, 1]), (100, [3])])
def test_members_are_sent_in_chunks_of_the_setting(target: FakeTarget, size: int, sizes: list[int]) -> None:
    engine = team(target, members_per_patch=size)
    engine.group("Sales", "id-anna", "id-bert", "id-cleo")
    engine.cycle()
    sent = [request.json["Operations"][0]["value"] for request in target.received if request.method == "PATCH"]
    assert [len(value) for value in sent] == sizes


def test_a_member_that_fails_does_not_stop_the_others_and_is_tried_again(target: FakeTarget) -> None:
    engine = team(target)
    target.rule = lambda request: (400, {}) if request.method == "PATCH" and b'"u2"' in request.body else "well"
    engine.group("Sales", "id-anna", "id-bert", "id-cleo")
    assert patches(engine) == [member("g4", "u1"), member("g4", "u2"), member("g4", "u3")]
    assert engine.turn("members").status == "Failure"
    target.rule = lambda request: "well"
    assert patches(engine) == [member("g4", "u2")]
    assert engine.job.state.escrows.counts() == (0, 0)


def test_a_nested_group_is_a_member_by_its_own_id(target: FakeTarget) -> None:
    engine = team(target)
    inner = engine.group("Inner", "id-anna")
    engine.group("Outer", inner)
    assert set(patches(engine)) == {member("g4", "u1"), member("g5", "g4")}
