"""The `--json` output of a simulation, stable and documented in docs/simulate.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.report.leaver_exposure import collect_lives

VERSION = 1


def simulation_json(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Verdict, settings, summary, exposures, differences and failures of a finished run."""
    stream = list(events)
    header, footer = stream[0], stream[-1]
    exposures = [
        {"person": e.person, "name": e.name, "left_at": e.left_at.isoformat(), "minutes": e.minutes, "steps": e.steps}
        for life in collect_lives(stream).values()
        for e in life.exposures
    ]
    return {
        "version": VERSION,
        "verdict": footer["verdict"],
        "exit_code": footer["exit_code"],
        "seed": header["seed"],
        "target": header["target"],
        "settings": header.get("settings", {}),
        "summary": footer["summary"],
        "exposures": exposures,
        "differences": [
            {"cycle": event["cycle"], "at": event["at"], **found}
            for event in stream
            if event["event"] == "verified"
            for found in event["differences"]
        ],
        "job": next(
            ({k: v for k, v in event.items() if k != "event"} for event in stream if event["event"] == "job"), {}
        ),
        "expectations": [
            {name: event[name] for name in ("at", "since", "person", "text", "held", "found")}
            for event in stream
            if event["event"] == "expectation"
        ],
        "failures": [event for event in stream if event["event"] == "entry" and event["status"] == "Failure"],
    }
