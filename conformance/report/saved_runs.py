"""Reads a saved run: from its stream, or from an HTML report of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from conformance.report.packed_events import unpacked
from simulator.guard.json_text import read_json
from simulator.stream.events import CheckEndEvent, CheckEvent, CheckSummary
from simulator.stream.run_stream import UnreadableStream, read_stream
from simulator.stream.shape import misfit

RESULTS = ("check", "provisional")  # a stream without these has nothing to report
_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def read_run(path: Path) -> list[CheckEvent]:
    """The events of a check run from a stream or an HTML report.

    A stopped run gets the missing footer, and its results so far are reported. Raises UnreadableStream.
    """
    if path.suffix.lower() in (".html", ".htm") and path.is_file():
        try:
            return events_of_html(path.read_text("utf-8"))
        except (UnreadableStream, UnicodeDecodeError) as error:
            raise UnreadableStream(f"{path}: {error}") from None
    events: list[CheckEvent] = []
    try:
        for event in read_stream(path, "check"):
            events.append(event)
    except UnreadableStream:
        if not _was_stopped(path, events):
            raise
        return _completed(events)
    return events


def _was_stopped(path: Path, events: list[CheckEvent]) -> bool:
    """Whether only the end of a stream is missing. The last line may be incomplete; all other lines are complete."""
    if not path.is_file():  # a device such as /dev/full, which may have no end
        return False
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError:
        return False
    whole = len(lines) == len(events) or (len(lines) == len(events) + 1 and not lines[-1].endswith(b"\n"))
    return whole and bool(events) and events[-1]["event"] != "end" and any(e["event"] in RESULTS for e in events)


def _completed(events: list[CheckEvent]) -> list[CheckEvent]:
    """The events with the results of checks that were still to be run once more, and with a footer."""
    known = {event["id"] for event in events if event["event"] == "check"}
    provisional = [event["check"] for event in events if event["event"] == "provisional"]
    found: list[CheckEvent] = [*events, *(check for check in provisional if check["id"] not in known)]
    counts: Counter[str] = Counter(event["verdict"] for event in found if event["event"] == "check")
    plan = next((event["checks"] for event in events if event["event"] == "plan"), 0)
    verdict = f"The run was stopped after {counts.total()} of {plan} checks; what it created may remain in the target."
    summary = CheckSummary(verdicts=dict(counts), left=0)
    return [*found, CheckEndEvent(event="end", verdict=verdict, exit_code=130, summary=summary)]


def events_of_html(page: str) -> list[CheckEvent]:
    """The events in an HTML report of a check run, with the exchanges that the page shows. Raises UnreadableStream."""
    found = _DATA.search(page)
    try:
        events = unpacked(read_json(found[1])["events"]) if found else None
    except (ValueError, KeyError, TypeError):
        events = None
    if not isinstance(events, list) or not events or not all(isinstance(event, dict) for event in events):
        raise UnreadableStream("not a report of a check run: it has no events")
    if events[0].get("event") != "run" or events[-1].get("event") != "end":
        raise UnreadableStream("not a report of a check run: the run is incomplete")
    for event in events:
        if event.get("event") != "exchange" and (
            wrong := misfit("check", event)
        ):  # a page contains shortened exchanges
            raise UnreadableStream(f"not a report of a check run: an event has an unexpected form: {wrong[:200]}")
    return events
