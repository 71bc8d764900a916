"""Finds the highest rate that the target sustains: doubles the rate until the budget is exceeded, then narrows the interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loadtests.measurements.budget import ENTRA_REQUESTS_PER_SECOND
from loadtests.measurements.result import SATURATED
from loadtests.run.measured import Measured
from loadtests.scenarios.operations import THROTTLED
from simulator.stream.events import KneeEvent, StepEvent

FIRST_RATE = float(ENTRA_REQUESTS_PER_SECOND)
CLOSE = 1.1  # ratio of the two rates at which the search ends; runs of equal rates vary more than this
MOST_STEPS = 20
KEPT_UP = 0.95  # share of the requested arrivals; below this, the backlog grows without limit


@dataclass(frozen=True, slots=True)
class Step:
    """One rate (arrivals per second), its results, and why the target did not sustain it (empty: it did)."""

    rate: float
    achieved: float
    p99_ms: float | None
    why: tuple[str, ...]
    generator_share: float
    run: Measured

    @property
    def held(self) -> bool:
        return not self.why

    def to_event(self) -> StepEvent:
        return {
            "event": "step",
            "rate": self.rate,
            "achieved": self.achieved,
            "p99_ms": self.p99_ms,
            "generator_share": self.generator_share,
            "held": self.held,
            "because": list(self.why),
        }


@dataclass(frozen=True, slots=True)
class Knee:
    """All steps. `held` is the highest sustained rate, `broke` the lowest that was not sustained."""

    steps: list[Step]
    held: Step | None
    broke: Step | None

    @property
    def shown(self) -> Measured:
        """The step whose results represent the search: the highest sustained rate."""
        step = self.held or self.broke
        assert step is not None
        return step.run

    def to_event(self) -> KneeEvent:
        return {
            "event": "knee",
            "rate": None if self.held is None else self.held.rate,
            "broke_at": None if self.broke is None else self.broke.rate,
            "because": [] if self.broke is None else list(self.broke.why),
        }

    def sentence(self) -> str:
        if self.held is None:
            assert self.broke is not None
            return f"The target sustained no rate: at {self.broke.rate:,.0f} requests/s, {self.broke.why[0]}."
        if self.broke is None:
            return f"The target sustained every rate up to {self.held.rate:,.0f} requests/s."
        generator = self.broke.generator_share >= SATURATED
        whose = " (the load generator was the bottleneck; try --workers)" if generator else ""
        return f"The target sustained {self.held.rate:,.0f} requests/s: at {self.broke.rate:,.0f}, {self.broke.why[0]}{whose}."


def find_limit(
    send: Callable[[float], Measured], budget: dict[str, Any], first: float, tell: Callable[[str], None]
) -> Knee:
    """Raise the rate from `first` (0: from the rate that Entra ID requires). `send` runs one step."""
    steps: list[Step] = []
    held: Step | None = None
    broke: Step | None = None
    rate = first or FIRST_RATE
    while len(steps) < MOST_STEPS:
        step = _judged(rate, send(rate), budget)
        steps.append(step)
        tell(f"  {rate:,.0f} requests/s: {'sustained' if step.held else step.why[0]}")
        held, broke = (step, broke) if step.held else (held, step)
        if held is None or (broke is not None and broke.rate / held.rate <= CLOSE):
            break
        rate = held.rate * 2 if broke is None else round((held.rate * broke.rate) ** 0.5, 1)
    return Knee(steps, held, broke)


def _judged(rate: float, run: Measured, budget: dict[str, Any]) -> Step:
    achieved = run.pace
    worst = [item["p99_ms"] for item in run.operations if item["name"] != THROTTLED and item["p99_ms"] is not None]
    why = [] if achieved >= rate * KEPT_UP else [f"only {achieved:,.0f} requests/s got a response"]
    why += [
        f"{item.name} was {_told(item.measured)}, limit {item.limit:g}" for item in run.judged(budget) if not item.ok
    ]
    if run.result.gave_up:
        why.insert(0, "the target stopped responding")
    return Step(rate, round(achieved, 1), max(worst, default=None), tuple(why), round(run.generator_share, 2), run)


def _told(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.6g}"
