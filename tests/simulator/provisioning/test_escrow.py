"""A change that failed is tried again, ever more rarely, and given up after 28 days (docs/notes/entra.md 6.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.provisioning.escrow import Escrows
from tests.fake_target import FakeTarget, Received
from tests.simulator.engine import START, STEP, Engine
from tests.simulator.failing_target import ERROR, on


@pytest.mark.parametrize(
    ("from_first", "hours"),
    [(False, [0, 6, 12, 24, 24, 24]), (True, [0, 6, 12, 24, 48, 72])],
)
def test_retries_grow_rarer(from_first: bool, hours: list[int]) -> None:
    """As observed in 03/2026, from the latest attempt; by knob as QUAR words it, from the first failure."""
    escrows, now = Escrows(from_first_failure=from_first), START
    for wait in hours:
        escrow = escrows.add(("user", "a"), now, next_cycle=False)
        assert escrow is not None
        base = START if from_first and wait else now
        assert escrow.next_attempt == max(base + timedelta(hours=wait), now)
        now = escrow.next_attempt


def test_escrow_is_given_up_after_28_days() -> None:
    escrows, now, tries = Escrows(), START, 0
    while (escrow := escrows.add(("user", "a"), now, next_cycle=False)) is not None:
        now, tries = max(escrow.next_attempt, now + STEP), tries + 1
    assert now - START > timedelta(days=28)
    assert 28 <= tries <= 32
    assert len(escrows) == 0


def test_escrow_through_the_job(target: FakeTarget) -> None:
    """A 400 is tried in the next cycle, then six hours later; a change of the source at once (6.2)."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.cycle()
    assert engine.turn().tries == 1
    assert engine.turn().next_attempt == engine.now + timedelta(hours=6)
    engine.cycle()
    assert target.lines("POST") == []
    engine.cycle(timedelta(hours=6))
    assert len(target.lines("POST")) == 1
    engine.directory.update_user(engine.now, anna, jobTitle="Lead")
    engine.cycle()
    assert len(target.lines("POST")) == 1


def test_reference_failure_is_its_own_escrow(target: FakeTarget) -> None:
    """QUAR: manager and member failures do not fail the object."""
    target.rule = on("PATCH", (400, ERROR))
    engine = Engine(target)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith")
    engine.directory.set_manager(engine.now, anna, boss)
    engine.group("Sales", anna)
    report = engine.cycle()
    assert engine.turn(name="Anna Smith", kind="user").status == "Success"
    assert (report.failed, report.failed_references) == (2, 2)
    assert engine.job.state.escrows.counts() == (0, 2)


def test_member_who_is_not_there_yet_is_held_back_until_they_are(target: FakeTarget) -> None:
    """2.7: a reference whose target's export failed is retried."""
    target.rule = lambda request: (400, ERROR) if request.method == "POST" and b'"anna@' in request.body else "well"
    engine = Engine(target)
    anna = engine.person("Anna Smith")
    engine.group("Sales", anna)
    engine.cycle()
    target.rule = lambda request: "well"
    engine.cycle()
    assert any('"path":"members"' in line for line in target.lines("PATCH"))


def test_manager_who_comes_into_scope_later_is_not_linked_until_a_restart(target: FakeTarget) -> None:
    """KNOWN, quirk 16."""
    engine = Engine(target)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith")
    engine.directory.set_manager(engine.now, anna, boss)
    engine.directory.unassign(engine.now, boss)
    engine.cycle()
    engine.directory.assign(engine.now, boss)
    engine.cycle()
    assert not any("manager" in line for line in target.lines("PATCH"))
    engine.job.restart()
    engine.cycle()
    assert any("manager" in line for line in target.lines("PATCH"))


def test_a_thousand_lost_replies_end_in_one_person_each(target: FakeTarget) -> None:
    """If the response to a POST is lost, the next cycle matches and links the created resource."""
    lost: set[bytes] = set()

    def rule(request: Received) -> Any:
        if request.method != "POST" or request.body in lost:
            return "well"
        lost.add(request.body)
        target._well(request)
        return None

    target.rule = rule
    engine = Engine(target, lanes=8)
    for number in range(1_000):
        engine.person(f"P{number} X")
    assert engine.cycle().failed == 1_000
    assert engine.cycle().failed == 0
    names = [held["userName"] for key, held in target.resources.items() if key.startswith("Users/")]
    assert len(names) == len(set(names)) == len(engine.job.state.users) == 1_000
    assert target.lines("POST") == []
