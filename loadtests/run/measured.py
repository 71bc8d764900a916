"""Writes the measurements to the stream (operations, errors, budget, growth, baseline) and states the result in one sentence."""

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
from simulator.wording import counted


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements of a run. `people` is None if the scenario creates no users in the measured part."""

    result: Result
    people: int | None
    rate: float  # requested arrivals per second; 0: a closed loop

    @property
    def series(self) -> Series:
        return self.result.series

    @property
    def seconds(self) -> float:
        return max(self.result.seconds, 0.001)

    @property
    def operations(self) -> list[OperationFigures]:
        """The figures by operation: from the series, which is more precise, unless a process could not write its part."""
        own = figures(self.series.whole())
        whole = sum(item["count"] for item in own) == self.result.requests
        return own if whole else sorted(self.result.operations, key=lambda item: str(item["name"]))

    @property
    def pace(self) -> float:
        """Requests per second in the middle of the run, because processes do not begin and end at the same time."""
        seconds = sorted(self.series.cells)[1:-1]
        width = self.series.width
        counts = [sum(cell.count for cell in self.series.cells[at].values()) / width for at in seconds]
        return statistics.median(counts) if counts else self.result.requests / self.seconds

    @property
    def generator_share(self) -> float:
        """The CPU use of the generator's busiest process, as a share of one core."""
        return self.result.generator_share

    @property
    def leaver_seconds(self) -> float | None:
        """The time of the slowest leaver; None if no one left, infinite if a leaver is still active."""
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
    """Write everything except the end state to the stream. Returns the numbers of missed limits and slower operations.

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
    """The totals for the `end` event."""
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
    """The result in one sentence, with the most severe problem first."""
    parts = []
    if result.gave_up:
        parts.append(f"the target stopped responding after {counted(result.requests, 'request')}")
    if result.lost:
        one, many = "worker was lost together with its results", "workers were lost together with their results"
        parts.append(counted(result.lost, one, many))
    if wrong:
        parts.append(f"the end state has {wrong:,} {'difference' if wrong == 1 else 'differences'}")
    if missed:
        parts.append(
            f"{missed} {'limit' if missed == 1 else 'limits'} of the budget {'was' if missed == 1 else 'were'} missed"
        )
    if slower:
        parts.append(f"{slower} {'operation is' if slower == 1 else 'operations are'} slower than in the baseline")
    if left:
        parts.append(f"{counted(left, 'resource')} could not be removed")
    told = "the end state is correct, and all limits of the budget are met"
    if parts:
        told = ", ".join([*parts[:-2], ", and ".join(parts[-2:])])
    return f"{told[0].upper()}{told[1:]}."
