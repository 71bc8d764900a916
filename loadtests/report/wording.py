"""Formats numbers, missed limits, slopes, ratios, and steps in the same way for all reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from simulator.stream.events import BaselineEvent, BaselineSettingsEvent, BudgetEvent, GrowthEvent, StepEvent

Figure = Literal["count", "errors", "per_second", "p50_ms", "p95_ms", "p99_ms", "max_ms"]
FIGURES: tuple[Figure, ...] = ("count", "errors", "per_second", "p50_ms", "p95_ms", "p99_ms", "max_ms")


def number(value: float | None) -> str:
    """The number in readable form; a dash for None."""
    if value is None:
        return "–"
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"


def missed_by(event: BudgetEvent) -> str:
    """How far a measured value is beyond its limit, in its unit and in percent."""
    if event["ok"]:
        return ""
    if event["missed_by"] is None:
        return "no measurement"
    share = f" ({event['missed_by'] / event['limit']:,.0%})" if event["limit"] else ""
    return f"{event['missed_by']:,.4g}{share}" if event["missed_by"] < 1000 else f"{event['missed_by']:,.0f}{share}"


def growth_line(event: GrowthEvent) -> str:
    """The slope in words, such as `match user: p50 +3.0 % per 10,000 stored users`."""
    percent = event["percent_per_10000"]
    if percent is None:
        return f"{event['name']}: too few users to calculate growth"
    return f"{event['name']}: p50 {percent:+,.1f} % per 10,000 stored users"


def ratio_line(row: BaselineEvent) -> str:
    """A comparison in words, such as `1.31 × (1.18 to 1.45), 2.1 → 2.8 ms: slower`."""
    if row["ratio"] is None:
        return row["verdict"]
    times = f"{number(row['was_ms'])} → {number(row['now_ms'])} ms"
    return f"{row['ratio']:.2f} × ({row['low']:.2f} to {row['high']:.2f}), {times}: {row['verdict']}"


def differ(settings: Iterable[BaselineSettingsEvent]) -> list[str]:
    """A warning if the compared runs had different settings."""
    names = [name for event in settings for name in event["differ"]]
    return [f"the earlier runs had different settings: {', '.join(names)}"] if names else []


def step_line(step: StepEvent) -> str:
    """A step of `--find-limit` in words."""
    told = "sustained" if step["held"] else "; ".join(step["because"])
    return f"{step['rate']:>9,.0f}/s  p99 {number(step['p99_ms']):>8} ms  {told}"
