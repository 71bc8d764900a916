"""What was measured, into the run's stream: operations, errors, budget, growth, baseline; and what it means in a sentence."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from loadtests.measurements.baseline import SLOWER, compare, other_settings
from loadtests.measurements.budget import Judgement, headroom, judge
from loadtests.measurements.growth import growth, spread, timeline
from loadtests.measurements.result import SATURATED, Result
from loadtests.measurements.tenant_figures import slowest_rows, tenant_rows
from loadtests.measurements.time_series import OperationFigures, Series, figures
from loadtests.run.options import CREATING, Options, Yardstick
from simulator.stream.events import BaselineSettingsEvent, ErrorEvent, LoadSummary, OperationEvent
from simulator.stream.run_stream import RunStream


@dataclass(frozen=True, slots=True)
class Measured:
    """A run's figures; `people` is None where the scenario creates nobody while it is measured."""

    result: Result
    people: int | None
    rate: float  # arrivals a second that were asked for; 0: a closed loop

    @property
    def series(self) -> Series:
        return self.result.series

    @property
    def seconds(self) -> float:
        return max(self.result.seconds, 0.001)

    @property
    def operations(self) -> list[OperationFigures]:
        """By operation: the series', whose times are the finer ones, unless a process could not leave its part."""
        own = figures(self.series.whole())
        whole = sum(item["count"] for item in own) == self.result.requests
        return own if whole else sorted(self.result.operations, key=lambda item: str(item["name"]))

    @property
    def pace(self) -> float:
        """Requests a second in the middle of the run: processes begin and end some moments apart."""
        seconds = sorted(self.series.cells)[1:-1]
        width = self.series.width
        counts = [sum(cell.count for cell in self.series.cells[at].values()) / width for at in seconds]
        return statistics.median(counts) if counts else self.result.requests / self.seconds

    @property
    def generator_share(self) -> float:
        """Of one core, by the busiest process of the generator."""
        return self.result.generator_share

    @property
    def leaver_seconds(self) -> float | None:
        """Of the slowest leaver; None when nobody left, infinite when somebody stays active."""
        times = self.result.record.leaver_seconds.values()
        return max((float("inf") if time is None else time for time in times), default=None)

    def judged(self, budget: dict[str, Any]) -> list[Judgement]:
        return judge(
            budget,
            self.operations,
            self.seconds,
            self.people,
            rate=self.rate,
            leaver_seconds=self.leaver_seconds,
        )


def measured(scenario: str, result: Result, rate: float) -> Measured:
    return Measured(result, len(result.record.user_ids) if scenario in CREATING else None, rate)


def write_figures(
    options: Options, yardstick: Yardstick, run: Measured, names: list[str], stream: RunStream
) -> tuple[int, int]:
    """Everything but the end state into the stream; returns how many limits were missed and operations got slower.

    `names` are those of the tenants, by number.
    """
    operations = [_operation(item, run) for item in run.operations]
    for operation in operations:
        stream.write(operation)
    for tenant in tenant_rows(run.result.tenants, names):
        stream.write(tenant)
    for slowest in slowest_rows(run.result.tenants, names):
        stream.write(slowest)
    for name, count in sorted(run.result.errors.items(), key=lambda pair: (-pair[1], pair[0])):
        stream.write(ErrorEvent(event="error", name=name, count=count))
    judged = run.judged(yardstick.budget)
    for judgement in judged:
        stream.write(judgement.to_event())
    stream.write(timeline(run.series))
    for line in growth(run.series):
        stream.write(line)
    compared = compare(operations, yardstick.earlier)
    if yardstick.earlier:
        differ = other_settings(options.reported(), yardstick.earlier)
        stream.write(BaselineSettingsEvent(event="baseline_settings", differ=differ))
    for row in compared:
        stream.write(row)
    missed = sum(not judgement.ok for judgement in judged)
    return missed, sum(row["verdict"] == SLOWER for row in compared)


def _operation(figures: OperationFigures, run: Measured) -> OperationEvent:
    return {
        "event": "operation",
        **figures,
        "per_second": round(figures["count"] / run.seconds, 1),
        "spread": spread(run.series, figures["name"]),
    }


def summary(run: Measured, wrong: int) -> LoadSummary:
    """The footer's figures."""
    rate, people = run.result.requests / run.seconds, run.people
    slowest, active = run.leaver_seconds, len(run.result.record.still_active)
    return {
        "requests": run.result.requests,
        "seconds": round(run.result.seconds, 2),
        "requests_per_second": round(rate, 1),
        "users_per_second": None if people is None else round(people / run.seconds, 1),
        "pace": headroom(rate, people or 0, run.seconds),
        "differences": wrong,
        "throttled": run.result.throttled,
        "workers_lost": run.result.lost,
        "leavers": len(run.result.record.leaver_seconds),
        "leaver_seconds": None if slowest is None or active else slowest,
        "leavers_still_active": active,
        "generator_share": round(run.generator_share, 2),
        "generator_was_the_limit": run.generator_share >= SATURATED,
    }


def verdict(result: Result, wrong: int, missed: int, slower: int, left: int) -> str:
    """One sentence: the worst first."""
    parts = []
    if result.gave_up:
        parts.append(f"the target stopped answering after {result.requests:,} requests")
    if result.lost:
        parts.append(f"{result.lost} {'worker was' if result.lost == 1 else 'workers were'} lost with what they did")
    if wrong:
        parts.append(f"the end state is wrong in {wrong:,} {'place' if wrong == 1 else 'places'}")
    if missed:
        parts.append(f"{missed} {'limit' if missed == 1 else 'limits'} of the budget missed")
    if slower:
        parts.append(f"{slower} {'operation is' if slower == 1 else 'operations are'} slower than before")
    if left:
        parts.append(f"{left:,} resources could not be removed")
    told = ", ".join(parts) or "the end state is what it must be, and the budget holds"
    return f"{told[0].upper()}{told[1:]}."
