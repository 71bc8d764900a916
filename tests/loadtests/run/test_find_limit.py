"""The knee: found between the rate that held and the one that did not, whatever breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from loadtests.measurements.result import Result
from loadtests.measurements.time_series import Cell, Series, figures
from loadtests.run.find_limit import CLOSE, MOST_STEPS, find_limit
from loadtests.run.measured import Measured

BUDGET = {"max_error_rate": 0.0, "operations": {"*": {"p99_ms": 1000}}}


def target(capacity: float, share: float = 0.3) -> Callable[[float], Measured]:
    """Keeps up with `capacity` requests/s; beyond it falls behind."""

    def send(rate: float) -> Measured:
        answered = min(rate, capacity)
        time = 5.0 if rate <= capacity else 2_000.0
        requests = int(answered * 10)
        operations = figures({"read user": Cell(requests, 0, Counter({time: requests}))})
        result = Result(True, False, share, seconds=10.0, operations=operations)
        return Measured(result, None, rate)

    return send


def told(_: str) -> None:
    """Ignores all messages."""


@pytest.mark.parametrize("capacity", [26, 99, 1_000, 31_415])
def test_the_knee_is_found_to_a_tenth(capacity: float) -> None:
    knee = find_limit(target(capacity), BUDGET, 0.0, told)
    assert knee.held is not None
    assert knee.broke is not None
    assert knee.held.rate <= capacity < knee.broke.rate
    assert knee.broke.rate / knee.held.rate <= CLOSE
    assert knee.steps[0].rate == 25
    assert knee.shown is knee.held.run
    assert knee.sentence().startswith(
        f"The target sustained {knee.held.rate:,.0f} requests/s: at {knee.broke.rate:,.0f}, "
    )


def test_the_rate_is_doubled_until_it_breaks() -> None:
    rates = [step.rate for step in find_limit(target(1_000), BUDGET, 100.0, told).steps]
    assert rates[:5] == [100, 200, 400, 800, 1600]
    assert all(after < 1600 for _, after in pairwise(rates[4:]))


def test_no_rate_holds_where_the_first_breaks() -> None:
    knee = find_limit(target(3), BUDGET, 0.0, told)
    assert (knee.held, len(knee.steps)) == (None, 1)
    assert knee.sentence() == "The target sustained no rate: at 25 requests/s, only 3 requests/s got a response."


def test_a_budget_can_break_before_the_target_falls_behind() -> None:
    tight = {"operations": {"*": {"p99_ms": 1}}}
    knee = find_limit(target(1_000), tight, 0.0, told)
    assert knee.sentence() == "The target sustained no rate: at 25 requests/s, read user p99_ms was 5, limit 1."


def test_a_second_process_that_begins_later_is_no_slow_target() -> None:
    def send(rate: float) -> Measured:
        run = target(1_000)(rate)
        series = Series()
        for second, part in enumerate((0.5, 1, 1, 1, 0.2)):
            for _ in range(int(run.result.requests / 10 * part)):
                series.note(second, "read user", 5.0 if rate <= 1_000 else 2_000.0, failed=False)
        return Measured(replace(run.result, series=series), None, rate)

    knee = find_limit(send, BUDGET, 0.0, told)
    assert knee.held is not None
    assert knee.held.rate > 900


def test_the_search_ends_where_nothing_breaks() -> None:
    knee = find_limit(target(1e12), BUDGET, 0.0, told)
    assert len(knee.steps) == MOST_STEPS
    assert knee.broke is None
    assert knee.sentence().startswith("The target sustained every rate up to ")


def test_a_knee_of_the_generator_is_not_called_the_targets() -> None:
    assert "the load generator was the bottleneck" in find_limit(target(500, share=0.97), BUDGET, 0.0, told).sentence()
    assert "generator" not in find_limit(target(500, share=0.5), BUDGET, 0.0, told).sentence()
