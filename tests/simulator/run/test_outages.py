"""Faults that a scenario injects strike and heal, and no person is doubled by a lost reply."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import restartable_server
from simulator.run.session import Target, simulate
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream, read_stream
from tests.simulator.lives import BASE, judged, lived
from tests.stream_schema import assert_valid


@pytest.mark.parametrize(
    ("what", "detail", "converges"),
    [
        ("target_errors", {"for": "2h"}, True),
        ("target_errors_after", {"for": "2h"}, True),
        ("target_loses_replies", {"for": "2h"}, True),
        ("target_slow", {"for": "2h"}, True),
        ("target_throttles", {"for": "2h"}, True),
        ("target_down", {"for": "2h"}, True),
        ("target_killed", {"for": "2h"}, True),
        ("target_loses_writes", {"for": "2h", "count": 1}, False),  # Entra does not look again (KNOWN)
    ],
)
def test_mishap_strikes_and_heals(what: str, detail: dict[str, Any], converges: bool, tmp_path: Path) -> None:

    events = [
        {"day": 1, "at": "09:00", "what": what, "detail": detail},
        {"day": 1, "at": "09:05", "what": "title_changed", "person": "anna", "detail": {"title": "Struck"}},
        {"day": 1, "at": "09:06", "what": "hired", "person": 12},
    ]
    scenario = Scenario.model_validate({**BASE, "judge": "the end", "events": events})
    with restartable_server(virtual_clock_start=scenario.start) as running, RunStream(tmp_path / "r.jsonl") as stream:
        target = Target(running.server.base_url, running.server.token, running.server, running)
        outcome = asyncio.run(simulate(scenario, target, stream))
    assert outcome.good is converges
    assert_valid(tmp_path / "r.jsonl", "change", "network_faults")
    struck = next(
        event["struck"] for event in read_stream(tmp_path / "r.jsonl", "simulate") if event["event"] == "network_faults"
    )
    assert sum(struck.values()) > 0


def test_lost_reply_of_a_create_ends_in_one_person(tmp_path: Path) -> None:
    """If the response to a POST is lost, the next cycle finds and links the one created user."""
    _, events = lived(
        tmp_path,
        {"day": 1, "at": "09:00", "what": "target_loses_replies", "detail": {"for": "30m", "count": 1}},
        {"day": 1, "at": "09:05", "what": "hired", "person": 12, "then": "Everybody has 13 members within 2h"},
        judge="the end",
    )
    creates = [e for e in events if e["event"] == "exchange" and e["cause"]["operation"] == "create user"]
    assert [exchange["status"] for exchange in creates].count(None) == 1
    assert len(creates) == 13
    assert judged(events)[0][1]
    assert events[-1]["exit_code"] == 0
