"""What every reader of a run says the same way: numbers, missed limits, slopes, ratios, steps."""

from __future__ import annotations

import pytest

from loadtests.report.wording import differ, growth_line, missed_by, number, ratio_line, step_line
from simulator.stream.events import BaselineEvent, BudgetEvent, GrowthEvent, StepEvent


def budget(limit: float, by: float | None, *, ok: bool = False) -> BudgetEvent:
    return {"event": "budget", "name": "p99", "limit": limit, "measured": None, "ok": ok, "missed_by": by}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (1234, "1,234"),
        (1234.0, "1,234"),
        (1234.56, "1,234.6"),
        (0.04, "0.04"),
        (0.0034, "0.0034"),
        (0.123, "0.1"),
    ],
)
def test_numbers_are_grouped_and_absent_ones_are_a_dash(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (budget(5.0, None, ok=True), ""),
        (budget(5.0, None), "no measurement"),
        (budget(5.0, 2.5), "2.5 (50%)"),
        (budget(0.0, 3.0), "3"),
        (budget(5.0, 1234.5), "1,234 (24,690%)"),
    ],
)
def test_a_missed_limit_is_shown_in_its_unit_and_in_percent(event: BudgetEvent, shown: str) -> None:
    assert missed_by(event) == shown


@pytest.mark.parametrize(
    ("percent", "shown"),
    [
        (3.04, "match user: p50 +3.0 % per 10,000 stored users"),
        (-3.0, "match user: p50 -3.0 % per 10,000 stored users"),
        (None, "match user: too few users to calculate growth"),
    ],
)
def test_growth_has_a_sign_or_a_reason(percent: float | None, shown: str) -> None:
    event: GrowthEvent = {"event": "growth", "name": "match user", "percent_per_10000": percent, "points": []}
    assert growth_line(event) == shown


def test_a_comparison_shows_its_bounds_or_only_its_verdict() -> None:
    row: BaselineEvent = {
        "event": "baseline",
        "name": "read user",
        "was_ms": 2.1,
        "now_ms": 2.8,
        "ratio": 1.31,
        "low": 1.18,
        "high": 1.45,
        "verdict": "slower",
    }
    assert ratio_line(row) == "1.31 × (1.18 to 1.45), 2.1 → 2.8 ms: slower"
    assert ratio_line({**row, "ratio": None, "verdict": "too few requests"}) == "too few requests"


def test_runs_of_other_settings_are_pointed_out() -> None:
    assert differ([]) == differ([{"event": "baseline_settings", "differ": []}]) == []
    told = differ([{"event": "baseline_settings", "differ": ["workers", "rate"]}])
    assert told == ["the earlier runs had different settings: workers, rate"]


@pytest.mark.parametrize(("held", "shown"), [(True, "sustained"), (False, "too slow; too many errors")])
def test_a_step_that_did_not_hold_has_its_reasons(held: bool, shown: str) -> None:
    step: StepEvent = {
        "event": "step",
        "rate": 1500.0,
        "achieved": 1400.0,
        "p99_ms": None,
        "generator_share": 0.5,
        "held": held,
        "because": ["too slow", "too many errors"],
    }
    assert step_line(step).split() == ["1,500/s", "p99", "–", "ms", *shown.split()]
