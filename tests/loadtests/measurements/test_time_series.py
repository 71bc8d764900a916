"""The series of a run: what it keeps, how processes add up, and the growth that it shows."""

from __future__ import annotations

import random

import pytest

from loadtests.measurements.growth import timeline
from loadtests.measurements.time_series import MOST_CELLS, Series, figures, percentile


def test_figures_are_those_of_all_requests() -> None:
    series = Series()
    for number in range(1, 101):
        series.note(number % 7, "read user", float(number), failed=number > 98)
    (told,) = figures(series.whole())
    assert told == {
        "name": "read user",
        "count": 100,
        "errors": 2,
        "p50_ms": 50.0,
        "p95_ms": 95.0,
        "p99_ms": 99.0,
        "max_ms": 100.0,
    }


@pytest.mark.parametrize("part", [0.5, 0.95, 0.99])
def test_a_percentile_is_right_to_a_twentieth(part: float) -> None:
    dice = random.Random(3)
    times = [dice.lognormvariate(2, 1) for _ in range(5_000)]
    series = Series()
    for time in times:
        series.note(0, "read user", time, failed=False)
    told = percentile(series.whole()["read user"].times, part)
    assert told == pytest.approx(sorted(times)[int(part * len(times)) - 1], rel=0.05)


def test_a_soak_of_days_takes_no_more_memory_than_minutes() -> None:
    series, late = Series(), Series()
    for second in range(100_000):
        series.note(second, "get user", 5.0, failed=second % 1_000 == 0)
    late.note(100_000, "get user", 5.0, failed=False)
    series.add(late)
    assert len(series.cells) <= MOST_CELLS + 1
    whole = series.whole()["get user"]
    assert (whole.count, whole.errors) == (100_001, 100)
    told = timeline(series)
    assert len(told["points"]) <= 120
    assert {point["per_second"] for point in told["points"][:-1]} == {1.0}
