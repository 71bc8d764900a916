"""When a job is quarantined, how rarely it then runs, and how it leaves (QUAR; docs/notes/entra.md 6.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from simulator.entra.error_codes import error_code
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.quarantine import backoff, first_backoff, reason_of
from tests.fake_target import FakeTarget
from tests.simulator.engine import START, STEP, Engine
from tests.simulator.failing_target import ERROR, HTML, SCIM, on


@pytest.mark.parametrize(
    ("failed", "references", "events", "reason"),
    [
        (4_000, 0, 4_000, None),  # QUAR's own examples
        (30_000, 0, 35_000, "EncounteredEscrowProportionThreshold"),
        (20_000, 0, 120_000, None),
        (45_000, 0, 10_000_000, "EncounteredBaseEscrowThreshold"),
        (39_000, 22_000, 10_000_000, "EncounteredTotalEscrowThreshold"),
        (1_000, 50_000, 51_000, None),  # references do not count for the share
        (5_000, 0, 12_000, "EncounteredEscrowProportionThreshold"),
        (4_999, 0, 5_000, None),
    ],
)
def test_thresholds(failed: int, references: int, events: int, reason: str | None) -> None:
    assert reason_of(failed, references, events) == reason


@pytest.mark.parametrize(
    ("knob", "minutes"),
    [
        ("gradual", [40, 80, 160, 320, 640, 1280, 1440, 1440]),  # QUAR: gradually reduced to once per day
        ("doubling", [5, 10, 20, 40, 80, 160, 320, 640]),  # GRAPH's sample of a quarantined job: five minutes
        ("daily", [1440] * 8),
    ],
)
def test_back_off_doubles_to_a_day(knob: str, minutes: list[int]) -> None:
    first = first_backoff(knob, timedelta(minutes=40))
    assert [backoff(n, first=first) for n in range(1, 9)] == [timedelta(minutes=m) for m in minutes]
    assert backoff(50, first=first) == timedelta(days=1)


def test_quarantined_job_runs_no_more_often_than_a_healthy_one(target: FakeTarget) -> None:
    engine = Engine(target, cycle_minutes=20)
    engine.person("Anna Smith")
    healthy = engine.cycle()
    usual = engine.job.next_cycle_at(engine.now)
    assert usual is not None
    target.rule = lambda request: (401, ERROR)
    with pytest.raises(ConnectionTestFailed):
        engine.cycle()
    following = engine.job.next_cycle_at(engine.now)
    assert following is not None
    assert following - engine.now >= usual - healthy.at


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((401, ERROR), f"{SCIM}InvalidCredentials", "Invalid credentials"),
        ((404, ERROR), f"{SCIM}ServiceIncompatible", "200 with an empty list"),
        (HTML, f"{SCIM}ServiceIncompatible", "Please log in"),
        ((500, None), "InternalServerError", "500"),
        (None, "WebExceptionProtocolError", "cannot be reached"),
    ],
)
def test_failing_connection_test_quarantines_at_once(target: FakeTarget, answer: Any, code: str, words: str) -> None:
    """QUAR: credentials, probe, incompatibility, whatever the counts."""
    engine = Engine(target)
    engine.person("Anna Smith")
    target.rule = lambda request: answer
    for minutes in (40, 80, 160):
        with pytest.raises(ConnectionTestFailed) as failed:
            engine.cycle()
        assert error_code(failed.value.failure) == code
        assert words in str(failed.value)
        held = engine.job.state.quarantine
        assert held is not None
        assert held.reason == "EncounteredQuarantineException"
        assert engine.job.next_cycle_at(engine.now) == engine.now + timedelta(minutes=minutes)
    assert {request.path.partition("?")[0] for request in target.received} == {
        "/scim/Users"
    }  # groups are no longer looked up
    target.rule = lambda request: "well"
    assert engine.cycle().quarantine == ""
    assert engine.job.state.quarantine is None
    assert engine.job.next_cycle_at(engine.now) == engine.now + STEP


def test_job_is_disabled_after_four_weeks_and_runs_again_after_a_restart(target: FakeTarget) -> None:
    engine = Engine(target)
    engine.person("Anna Smith")
    target.rule = lambda request: (401, ERROR)
    for _ in range(100):
        with pytest.raises(ConnectionTestFailed):
            engine.cycle(timedelta(days=1))
        if engine.job.next_cycle_at(engine.now) is None:
            break
    assert engine.now - START >= timedelta(days=27)
    assert engine.job.state.is_disabled
    target.rule = lambda request: "well"
    engine.job.restart()
    assert engine.cycle().exported == 1


def test_initial_cycle_prunes_escrows_and_then_pauses(target: FakeTarget) -> None:
    """GRAPH, quirk 43: beyond the threshold the errors are cleared, the cycle runs on, then the job waits."""
    target.rule = on("POST", (400, ERROR))
    engine = Engine(target, lanes=16)
    for number in range(5_050):
        engine.person(f"P{number} X")
    report = engine.cycle()
    assert report.failed == 5_050
    assert report.escrows_pruned
    assert engine.job.next_cycle_at(engine.now) is None
    assert report.escrowed < 100
