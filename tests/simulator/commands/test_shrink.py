"""A failing run shrinks to the events that are needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.commands.shrink import shrink_events
from simulator.scenario.load import parse_scenario
from tests.simulator.command_line import run as command
from tests.simulator.lives import event


@given(st.integers(1, 60), st.sets(st.integers(0, 59), min_size=1, max_size=4))
def test_shrinking_leaves_exactly_what_is_needed(count: int, needed: set[int]) -> None:
    wanted = {number for number in needed if number < count} or {0}
    events = [event(number) for number in range(count)]
    left = shrink_events(events, lambda some: wanted <= {one.person for one in some})
    assert {one.person for one in left} == wanted


@pytest.mark.slow
def test_failing_life_shrinks_to_a_scenario_that_fails_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "name: s\nusers: 5\ndays: 2\nlife: random\nbusy: 6\nseed: 2\nevents:\n"
        "  - {day: 1, at: '08:00', what: target_loses_writes, detail: {count: 2, for: 1d}}\n"
    )
    shown_ = command("simulate", str(tmp_path / "s.yaml"), "--shrink", str(tmp_path / "small.yaml"))
    assert shown_.returncode == 1, shown_.stderr
    small = parse_scenario((tmp_path / "small.yaml").read_text("utf-8"), "small.yaml")
    assert len(small.events) <= 3
    assert command("simulate", str(tmp_path / "small.yaml")).returncode == 1
    assert "does not fail" in command("simulate", "leaver", "--days", "1", "--shrink", str(tmp_path / "x.yaml")).stdout
