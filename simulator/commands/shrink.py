"""Implements `--shrink`: reruns a failed scenario with fewer and fewer events until each remaining event is necessary."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from simulator.entra.tenant_url import without_flag
from simulator.lifecycle.lifecycle_events import EventDoesNotFit, LifecycleEvent
from simulator.run import session
from simulator.run.outcome import TargetUnusable
from simulator.scenario.generate import scenario_yaml
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream
from simulator.wording import counted, pluralize

MOST_RUNS = 200


def shrink_events(
    events: Sequence[LifecycleEvent], fails: Callable[[list[LifecycleEvent]], bool]
) -> list[LifecycleEvent]:
    """A minimal list of events that still fails, found by leaving out smaller and smaller parts (delta debugging)."""
    kept, size = list(events), max(len(events) // 2, 1)
    while True:
        start, shorter = 0, False
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if fails(fewer):
                kept, shorter = fewer, True
            else:
                start += size
        if size == 1 and not shorter:
            return kept
        size = size if shorter and size > 1 else max(size // 2, 1)


def run_shrink(scenario: Scenario, url: str | None, secrets: session.Secrets, out: Path) -> int:
    """Shrink a failing scenario and write the result to `out`. Returns 2 if it does not fail. Raises BadInput."""
    session.check_writable(out)
    url = without_flag(url)
    events = scenario.timeline(scenario.company())
    began, runs, told = time.perf_counter(), 0, False

    def fails(some: list[LifecycleEvent]) -> bool:
        nonlocal runs, told
        if runs >= MOST_RUNS:
            return False
        runs += 1
        try:
            good, left = _run(scenario.only(some), url, secrets)
        except EventDoesNotFit:
            return False
        if left and not told:
            told = True
            _say(
                f"  ✘ a run could not remove {counted(left, 'resource')} from the target; later runs may fail because of it"
            )
        if runs % 10 == 0:
            _say(f"  {counted(runs, 'run')}, {counted(len(some), 'event')} in the latest run")
        return not good

    if not fails(events):
        _say(f"{scenario.name} does not fail, so there is nothing to shrink")
        return 2
    left = shrink_events(events, fails)
    session.write_output(out, scenario_yaml(scenario, left))
    enough = f"{len(left)} of {len(events)} events {pluralize(len(left), 'is', 'are')} enough to fail"
    _say(f"  {enough} ({counted(runs, 'run')} in {time.perf_counter() - began:.1f} s)")
    _say(f"  To reproduce: scimulator simulate {out}")
    return 1


def _run(scenario: Scenario, url: str | None, secrets: session.Secrets) -> tuple[bool, int]:
    """Whether the scenario passes, and the number of resources that remain."""
    with session.open_target(url, secrets, scenario) as target:
        try:
            outcome = uvloop.run(session.simulate(scenario, target, RunStream()))
        except TargetUnusable:
            return True, 0  # a different failure than the one to shrink
    return outcome.good, outcome.left


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
