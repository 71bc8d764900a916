"""What several readers of a load run's stream say in the same words: numbers, missed limits, slopes, ratios, steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from simulator.stream.events import BaselineEvent, BaselineSettingsEvent, BudgetEvent, GrowthEvent, StepEvent

Figure = Literal["count", "errors", "per_second", "p50_ms", "p95_ms", "p99_ms", "max_ms"]
FIGURES: tuple[Figure, ...] = ("count", "errors", "per_second", "p50_ms", "p95_ms", "p99_ms", "max_ms")


def number(value: float | None) -> str:
    """For people; a dash for what never came about."""
    if value is None:
        return "–"
    return f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"


def missed_by(event: BudgetEvent) -> str:
    """How far beyond its limit a budget event is: in its unit and in percent."""
    if event["ok"]:
        return ""
    if event["missed_by"] is None:
        return "never reached"
    share = f" ({event['missed_by'] / event['limit']:.0%})" if event["limit"] else ""
    return f"{event['missed_by']:,.4g}{share}" if event["missed_by"] < 1000 else f"{event['missed_by']:,.0f}{share}"


def growth_line(event: GrowthEvent) -> str:
    """The slope in words: `match user: p50 +3.0 % per 10,000 users stored`."""
    percent = event["percent_per_10000"]
    if percent is None:
        return f"{event['name']}: too few users for a slope"
    return f"{event['name']}: p50 {percent:+,.1f} % per 10,000 users stored"


def ratio_line(row: BaselineEvent) -> str:
    """A comparison in words: `1.31 × (1.18 to 1.45), 2.1 → 2.8 ms: slower`."""
    if row["ratio"] is None:
        return row["verdict"]
    times = f"{number(row['was_ms'])} → {number(row['now_ms'])} ms"
    return f"{row['ratio']:.2f} × ({row['low']:.2f} to {row['high']:.2f}), {times}: {row['verdict']}"


def differ(settings: Iterable[BaselineSettingsEvent]) -> list[str]:
    """A warning where the runs that are compared were not of the same settings."""
    names = [name for event in settings for name in event["differ"]]
    return [f"the earlier run was of another {', '.join(names)}"] if names else []


def step_line(step: StepEvent) -> str:
    """A step of --find-limit in words."""
    told = "held" if step["held"] else "; ".join(step["because"])
    return f"{step['rate']:>9,.0f}/s  p99 {number(step['p99_ms']):>8} ms  {told}"
