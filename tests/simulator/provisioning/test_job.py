"""Restart and stop of a job (docs/notes/entra.md 2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.provisioning.state import ResetScope
from tests.fake_target import FakeTarget, Received
from tests.simulator.engine import STEP, Engine, bodies

PROBES = 2


@pytest.mark.parametrize(
    ("scopes", "looked_up", "read"),
    [
        ([], 0, 1),  # the portal's button: watermark, escrows, quarantine; links stay
        ([ResetScope.FULL], 1, 0),
        ([ResetScope.CONNECTOR_DATA_STORE], 1, 0),
        ([ResetScope.WATERMARK], 0, 1),
        ([ResetScope.ESCROWS], 0, 0),
        ([ResetScope.NONE], 0, 0),
    ],
)
def test_restart(target: FakeTarget, scopes: list[ResetScope], looked_up: int, read: int) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    target.resources["Users/u1"]["displayName"] = "Drifted"  # not noticed before a restart (KNOWN, quirk 23)
    engine.cycle()
    assert target.writes() == []
    engine.job.restart(scopes)
    engine.cycle()
    gets = bodies(target.lines("GET"))[PROBES:]
    assert [line for line in gets if "filter" in line] == gets[:looked_up]
    assert len(gets) == looked_up + read
    assert len(target.lines("PATCH")) == (1 if looked_up + read else 0)


def test_stop_keeps_watermark_and_links(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    engine.job.stop()
    assert engine.job.next_cycle_at(engine.now) is None
    engine.job.restart([ResetScope.NONE])
    assert engine.job.next_cycle_at(engine.now) == engine.now + STEP
    engine.cycle()
    assert target.lines() == target.lines()[:PROBES]


def test_stop_finishes_the_cycle(target: FakeTarget) -> None:
    """KNOWN, quirk 25."""
    engine = Engine(target)
    for number in range(5):
        engine.person(f"P{number} X")

    def rule(request: Received) -> Any:
        if request.method == "POST":
            engine.job.stop()
        return "well"

    target.rule = rule
    assert engine.cycle().exported == 5
    assert engine.job.next_cycle_at(engine.now) is None


def test_from_sync_all_to_assigned_needs_a_restart(target: FakeTarget) -> None:
    """KNOWN, quirk 24."""
    engine = Engine(target)
    engine.directory.sync_all = True
    engine.directory.unassign(engine.now, engine.person("Anna Smith"))
    engine.cycle()
    engine.directory.sync_all = False
    engine.cycle()
    assert target.writes() == []
    engine.job.restart()
    engine.cycle()
    assert '"value":"False"' in target.writes()[0]
