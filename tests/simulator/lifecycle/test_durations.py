"""Durations as people write them in scenarios."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.lifecycle.durations import parse_duration, shown


@given(st.integers(1, 10**6))
def test_durations_go_there_and_back(seconds: int) -> None:
    assert parse_duration(shown(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
