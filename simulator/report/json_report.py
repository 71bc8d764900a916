"""The `--json` output of a simulation. Its format is stable and documented in docs/simulate.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.report.difference_table import DifferenceTable
from simulator.report.leaver_exposure import collect_lives
from simulator.report.run_events import end_of, entries_of, expectations_of, header_of, left_of, still_listed_of
from simulator.stream.events import SimulateEvent

VERSION = 2  # version 1 repeated each difference for every cycle


def simulation_json(events: Iterable[SimulateEvent]) -> dict[str, Any]:
    """The result, settings, summary, exposures, differences, and failures of a finished run."""
    stream = list(events)
    header, footer = header_of(stream), end_of(stream)
    table = DifferenceTable(stream)
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
        "differences": [line.as_json() for line in table.lines()],
        "differences_unlisted": table.unlisted,
        "job": next(
            ({k: v for k, v in event.items() if k != "event"} for event in stream if event["event"] == "job"), {}
        ),
        "expectations": [
            {name: value for name, value in event.items() if name != "event"} for event in expectations_of(stream)
        ],
        "failures": [event for event in entries_of(stream) if event["status"] == "Failure"],
        "left": left_of(stream),
        "still_listed": still_listed_of(stream),
    }
