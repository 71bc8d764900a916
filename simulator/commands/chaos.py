"""Implements `--chaos`: random scenarios with random faults, after which the target must match the directory."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from typing import Any

import uvloop

from simulator.run import session
from simulator.run.outcome import Outcome
from simulator.scenario.model import Scenario
from simulator.stream.events import DifferenceEvent, SimulateEvent
from simulator.stream.run_stream import RunStream

STORMY_DAYS, QUIET_DAYS = 2, 3
PEOPLE, BUSY = 20, 40
# fault → (longest duration in hours, largest number of affected requests)
STORMS: dict[str, tuple[int, int]] = {
    "target_down": (8, 10_000),
    "target_throttles": (4, 40),
    "target_errors": (4, 30),
    "target_loses_replies": (4, 20),
    "target_errors_after": (4, 20),
    "target_slow": (4, 20),
    "target_killed": (4, 1),
}


def chaos_scenario(seed: int, **changed: Any) -> Scenario:
    """A random scenario with faults in its first days, followed by days without faults. It is determined by the seed."""
    dice = random.Random(f"{seed}/chaos")
    events: list[dict[str, Any]] = []
    for _ in range(dice.randint(4, 10)):
        what = dice.choice(list(STORMS))
        hours, requests = STORMS[what]
        detail = {
            "for": f"{dice.randint(10, hours * 60)}m",
            "count": dice.randint(1, requests),
            "share": round(dice.uniform(0.2, 1.0), 2),
        }
        at = f"{dice.randint(6, 18):02d}:{dice.randrange(60):02d}"  # in working hours
        events.append({"day": dice.randint(1, STORMY_DAYS), "at": at, "what": what, "detail": detail})
    wanted = {
        "name": f"chaos-{seed}",
        "seed": seed,
        "users": PEOPLE,
        "days": STORMY_DAYS + QUIET_DAYS,
        "life": "random",
        "busy": BUSY,
        "judge": "the end",
        "events": events,
    }
    return Scenario.model_validate(wanted | changed)


def run_chaos(first: int, count: int, **changed: Any) -> int:
    """Run `count` seeds from `first`. Prints each failing seed with the command that reproduces it. Returns the exit code."""
    began, bad = time.perf_counter(), 0
    struck: Counter[str] = Counter()
    told = 0.0
    for number, seed in enumerate(range(first, first + count), start=1):
        scenario = chaos_scenario(seed, **changed)
        with session.open_target(None, session.Secrets(), scenario) as target:
            stream = _Last()
            outcome: Outcome = uvloop.run(session.simulate(scenario, target, RunStream(None, (stream,))))
        struck.update(stream.struck)
        if not outcome.good:
            bad += 1
            again = f"scimulator simulate --chaos 1 --seed {seed} --idp {scenario.provider.idp}"
            _say(f"  ✘ seed {seed}: {stream.reason(outcome)}     {again}")
        if time.perf_counter() - told > 2:
            told = time.perf_counter()
            _say(f"  {number} of {count} runs done, {bad} failed")
    faults = ", ".join(f"{name} {hits}" for name, hits in sorted(struck.items()))
    _say(f"  {count - bad} of {count} runs converged after the faults ended     {faults}")
    _say(f"  wall time {time.perf_counter() - began:.1f} s     exit {1 if bad else 0}")
    return 1 if bad else 0


class _Last:
    """A stream listener that keeps the facts for the line about a run."""

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self._differences: dict[int, DifferenceEvent] = {}
        self._open: list[list[int]] = []

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "difference":
            self._differences[event["number"]] = event
        elif event["event"] == "verified":
            self._open = event["found"]
        elif event["event"] == "network_faults":
            self.struck.update(event["struck"])

    def reason(self, outcome: Outcome) -> str:
        found = self._differences.get(self._open[0][0]) if self._open else None
        if outcome.stopped or found is None:
            return outcome.stopped or "no cycle ran"
        what = found["attribute"] or found["kind"]
        return f"{found['person']}: {what}: expected {found['expected']}, found {found['found']}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
