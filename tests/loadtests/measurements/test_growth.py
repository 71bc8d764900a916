"""The growth that a run's series shows: over time, by users stored, and how far it wanders."""

from __future__ import annotations

import pytest

from loadtests.measurements.growth import MOST_POINTS, growth, spread, timeline
from loadtests.measurements.time_series import Series
from loadtests.scenarios.operations import THROTTLED
from tests.stream_schema import fits


def run(seconds: int = 100, made_each: int = 100, percent_per_10000: float = 0.0) -> Series:
    """An initial cycle with a number of users per second, whose p50 grows from 10 ms."""
    series = Series()
    for at in range(seconds):
        slower = 1 + percent_per_10000 / 100 * (at * made_each / 10_000)
        for number in range(made_each):
            series.note(1_000 + at, "create user", (10 + number % 3 - 1) * slower, failed=False)
    return series


@pytest.mark.parametrize("percent", [0.0, 30.0, 120.0])
def test_growth_states_the_slope_that_is_there(percent: float) -> None:
    (told,) = growth(run(percent_per_10000=percent))
    assert told["percent_per_10000"] == pytest.approx(percent, abs=4)
    stored = [point["stored"] for point in told["points"]]
    assert stored == sorted(stored)
    assert stored[0] < 500
    assert stored[-1] > 9_400
    assert fits(told, "load")


def test_no_slope_is_drawn_through_a_few_points_and_none_where_no_one_was_created() -> None:
    assert [line["percent_per_10000"] for line in growth(run(seconds=3))] == [None]
    reads = Series()
    reads.note(1, "read user", 5.0, failed=False)
    assert growth(reads) == growth(Series()) == []


@pytest.mark.parametrize(("made_each", "has_slope"), [(2, False), (20, False), (30, True)])
def test_a_slope_per_10000_users_needs_users(made_each: int, has_slope: bool) -> None:
    """As found on 30 November 2026: a run of 200 users reported "+691.7 % per 10,000 stored users"."""
    (told,) = growth(run(made_each=made_each, percent_per_10000=30.0))
    assert (told["percent_per_10000"] is not None) == has_slope


def test_the_timeline_of_hours_fits_a_page() -> None:
    series = run(seconds=3_600, made_each=2)
    told = timeline(series)
    assert told["step_seconds"] % series.width == 0
    assert 3_600 / told["step_seconds"] <= len(told["points"]) <= MOST_POINTS
    assert {point["per_second"] for point in told["points"][1:-1]} == {2.0}  # the first and the last stretch are cut
    assert 7_200 - 2 * series.width <= told["points"][-1]["stored"] <= 7_200
    assert timeline(Series())["points"] == []


def test_waits_are_in_the_timeline_of_no_operation() -> None:
    series = run(seconds=2)
    series.note(1_001, THROTTLED, 30_000.0, failed=False)
    assert max(point["p99_ms"] or 0 for point in timeline(series)["points"]) == 11.0


def test_spread_is_known_only_after_enough_stretches() -> None:
    assert spread(run(seconds=3), "create user") is None
    assert spread(run(), "create user") == 0.0
    grown = spread(run(percent_per_10000=100.0), "create user")
    assert grown is not None
    assert 0.1 < grown < 0.3
