"""What a cycle and its entries look like in the stream; every event fits the published schema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.provisioning.cycle_report import CycleReport
from simulator.run.cycle_events import cycle_event, entry_event
from tests.fake_target import fake_target
from tests.simulator.engine import Engine
from tests.stream_schema import fits

AT = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_cycle_event_holds_every_figure() -> None:
    report = CycleReport(3, "incremental", AT, AT + timedelta(minutes=2), imported=5, exported=4, failed=1)
    event: Any = cycle_event(report)
    assert fits(event, "simulate")
    assert (event["number"], event["imported"], event["exported"], event["failed"]) == (3, 5, 4, 1)
    assert event["ended_at"] == "2026-03-02T00:02:00+00:00"


@pytest.mark.parametrize("idp", ["entra", "okta"])
def test_every_entry_of_a_cycle_fits_the_schema_and_names_person_or_group(idp: str) -> None:
    with fake_target() as target:
        engine = Engine(target, idp=idp)
        engine.person("Anna Smith")
        engine.cycle()
        events: list[Any] = [entry_event(turn, [1]) for turn in engine.turns]
    assert [event for event in events if not fits(event, "simulate")] == []
    [anna] = [event for event in events if event["kind"] == "user"]
    assert (anna["person"], anna["group"], anna["action"], anna["status"]) == ("id-anna", None, "Create", "Success")
