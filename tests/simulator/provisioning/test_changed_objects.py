"""Deletions beyond the threshold are held back (docs/notes/entra.md 6.6)."""

from __future__ import annotations

from simulator.provisioning.state import ResetScope
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine


def five_leave(engine: Engine) -> list[str]:
    people = [engine.person(f"P{number} X") for number in range(6)]
    engine.cycle()
    for person in people[:5]:
        engine.directory.unassign(engine.now, person)
    return people


def test_deletions_beyond_the_threshold_are_held_back_until_allowed(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    five_leave(engine)
    report = engine.cycle()
    assert target.writes() == []
    assert {turn.action for turn in engine.turns if turn.kind == "user"} == {"StagedDelete"}
    assert (report.staged, report.quarantine) == (5, "TooManyDeletes")
    engine.job.restart([ResetScope.FORCE_DELETES])
    engine.cycle()
    assert len(target.lines("PATCH")) == 5
    assert engine.job.state.quarantine is None


def test_deletions_are_rejected_by_repairing_the_source(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    people = five_leave(engine)
    engine.cycle()
    for person in people[:5]:
        engine.directory.assign(engine.now, person)
    engine.job.restart()
    engine.cycle()
    assert target.writes() == []
    assert engine.job.state.quarantine is None


def test_threshold_looks_at_one_cycle_only(target: FakeTarget) -> None:
    engine = Engine(target, deletion_threshold=4)
    people = [engine.person(f"P{number} X") for number in range(6)]
    engine.cycle()
    for leavers in (people[:3], people[3:]):
        for person in leavers:
            engine.directory.block(engine.now, person)
        engine.cycle()
        assert len(target.lines("PATCH")) == 3
