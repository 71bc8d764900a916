"""The stable JSON form of a load run (docs/load.md)."""

from __future__ import annotations

import json

from loadtests.report.wording import Event, of

JSON_VERSION = 1


def as_json(events: list[Event]) -> str:
    """The document."""
    times, knees = of(events, "timeline"), of(events, "knee")
    value = {
        "version": JSON_VERSION,
        "verdict": events[-1]["verdict"],
        "exit_code": events[-1]["exit_code"],
        "seed": events[0]["seed"],
        "target": events[0]["target"],
        "settings": events[0]["settings"],
        "summary": events[-1]["summary"],
        "operations": of(events, "operation"),
        "errors": of(events, "error"),
        "budget": of(events, "budget"),
        "tenants": of(events, "tenant"),
        "slowest": of(events, "slowest"),
        "timeline": {key: times[0][key] for key in ("step_seconds", "points")} if times else None,
        "growth": of(events, "growth"),
        "baseline": of(events, "baseline"),
        "steps": of(events, "step"),
        "knee": {key: knees[0][key] for key in ("rate", "broke_at", "because")} if knees else None,
        "differences": [found for event in of(events, "verified") for found in event["differences"]],
        "left": [url for event in of(events, "cleanup") for url in event["left"]],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
