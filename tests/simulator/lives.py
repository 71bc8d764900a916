"""A small scenario with a cast that is run: what the tests of expectations and outages share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.scenario.model import Scenario
from tests.simulator.runs import run
from tests.stream_schema import assert_valid

BASE: dict[str, Any] = {"users": 12, "days": 3, "cast": {"anna": 5, "bert": 6}}


def lived(tmp_path: Path, *events: dict[str, Any], **changed: Any) -> tuple[Any, list[dict[str, Any]]]:
    outcome, written = run(Scenario.model_validate({**BASE, **changed, "events": list(events)}), tmp_path / "run.jsonl")
    assert_valid(written)
    return outcome, written


def judged(events: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(event["text"], event["held"]) for event in events if event["event"] == "expectation"]


def event(number: int) -> LifecycleEvent:
    return LifecycleEvent(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number), "checked", number)
