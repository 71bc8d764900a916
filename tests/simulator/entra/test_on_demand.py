"""Provisioning on demand: one user or group at once, and what the portal does not offer (POD; docs/notes/entra.md 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.entra.on_demand import OnDemandRefused, provision_on_demand
from simulator.provisioning.turn import Turn
from simulator.stream.events import ObjectKind
from tests.fake_target import FakeTarget, fake_target
from tests.simulator.engine import Engine


def on_demand(target: FakeTarget, prepare: Callable[[Engine], tuple[ObjectKind, str, list[str]]]) -> list[Turn]:
    engine = Engine(target)
    kind, object_id, members = prepare(engine)
    turns: list[Turn] = engine.do(
        provision_on_demand(engine.job, engine.settings, kind, object_id, engine.now, members)
    )
    return turns


def test_five_steps_of_a_user() -> None:
    with fake_target() as target:
        turns = on_demand(target, lambda engine: ("user", engine.person("Anna Smith"), []))
    assert [step.kind for step in turns[1].steps] == ["import", "scoping", "matching", "processing", "export"]
    assert [turn.kind for turn in turns] == ["probe", "user", "manager"]


def test_unassigned_user_can_be_disabled_on_demand() -> None:
    with fake_target() as target:
        engine = Engine(target)
        anna = engine.person("Anna Smith")
        engine.cycle()
        engine.directory.unassign(engine.now, anna)
        engine.do(provision_on_demand(engine.job, engine.settings, "user", anna, engine.now))
        assert '"value":"False"' in target.writes()[0]


def test_group_with_chosen_members() -> None:
    def prepare(engine: Engine) -> tuple[ObjectKind, str, list[str]]:
        people = [engine.person(f"P{number} X") for number in range(6)]
        return "group", engine.group("Sales", *people), people[:2]

    with fake_target() as target:
        on_demand(target, prepare)
        assert [line.partition(" {")[0] for line in target.writes()] == [
            *["POST /scim/Users"] * 2, "POST /scim/Groups", *["PATCH /scim/Groups/g3"] * 2,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda e: ("user", "nobody", []), "cannot be provisioned on demand"),
        (lambda e: ("group", e.group("G", *[e.person(f"P{n} X") for n in range(6)]), [f"id-p{n}" for n in range(6)]), "at most 5"),
        (lambda e: ("group", e.group("G"), [e.person("Anna X")]), "not in the group"),
        (lambda e: ("group", e.group("G", assigned=False), []), "not assigned directly"),
    ],
)  # fmt: skip
def test_what_the_portal_does_not_offer(prepare: Any, words: str) -> None:
    with fake_target() as target:
        with pytest.raises(OnDemandRefused) as refused:
            on_demand(target, prepare)
        assert words in str(refused.value)
        assert target.received == []
