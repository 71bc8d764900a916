"""Reads a saved run: from its stream, or from an HTML report of it."""

from __future__ import annotations

import re
from pathlib import Path

from simulator.guard.json_text import read_json
from simulator.stream.events import CheckEvent
from simulator.stream.run_stream import UnreadableStream, read_stream
from simulator.stream.shape import misfit

_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def read_run(path: Path) -> list[CheckEvent]:
    """The events of a finished check run, from a stream or an HTML report; raises UnreadableStream."""
    if path.suffix.lower() in (".html", ".htm") and path.is_file():
        try:
            return events_of_html(path.read_text("utf-8"))
        except (UnreadableStream, UnicodeDecodeError) as error:
            raise UnreadableStream(f"{path}: {error}") from None
    return list(read_stream(path, "check"))


def events_of_html(page: str) -> list[CheckEvent]:
    """The events that a page of a check run holds (its exchanges as far as the page shows them); raises UnreadableStream."""
    found = _DATA.search(page)
    try:
        events = read_json(found[1])["events"] if found else None
    except (ValueError, KeyError, TypeError):
        events = None
    if not isinstance(events, list) or not events or not all(isinstance(event, dict) for event in events):
        raise UnreadableStream("no report of a check run: it holds no events")
    if events[0].get("event") != "run" or events[-1].get("event") != "end":
        raise UnreadableStream("no report of a check run: it holds no whole run")
    for event in events:
        if event.get("event") != "exchange" and (wrong := misfit("check", event)):  # exchanges are shortened in a page
            raise UnreadableStream(f"no report of a check run: an event has another shape than expected: {wrong[:200]}")
    return events
