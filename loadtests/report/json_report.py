"""The JSON report of a load test. Its format is stable and documented in docs/load.md."""

from __future__ import annotations

import json
from collections.abc import Iterable

from loadtests.report.run_events import by_kind
from simulator.stream.events import LoadEvent

JSON_VERSION = 1


def as_json(events: Iterable[LoadEvent]) -> str:
    """The JSON document."""
    run = by_kind(events)
    time, knee = next(iter(run.timelines), None), next(iter(run.knees), None)
    value = {
        "version": JSON_VERSION,
        "verdict": run.end["verdict"],
        "exit_code": run.end["exit_code"],
        "seed": run.header["seed"],
        "target": run.header["target"],
        "settings": run.header["settings"],
        "summary": run.end["summary"],
        "operations": run.operations,
        "errors": run.errors,
        "budget": run.budget,
        "tenants": run.tenants,
        "slowest": run.slowest,
        "timeline": time and {"step_seconds": time["step_seconds"], "points": time["points"]},
        "growth": run.growth,
        "baseline": run.baseline,
        "steps": run.steps,
        "knee": knee and {"rate": knee["rate"], "broke_at": knee["broke_at"], "because": knee["because"]},
        "differences": run.differences,
        "left": [url for event in run.cleanups for url in event["left"]],
        "still_listed": sum(event.get("still_listed", 0) for event in run.cleanups),
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
