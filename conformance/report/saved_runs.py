"""Reads a saved run: from its stream, or from an HTML report of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from simulator.stream.events import CheckEvent
from simulator.stream.run_stream import UnreadableStream, read_stream

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
        events = json.loads(found[1])["events"] if found else None
    except (ValueError, KeyError, TypeError):
        events = None
    if not isinstance(events, list) or not events or events[-1].get("event") != "end":
        raise UnreadableStream("no report of a check run: it holds no events")
    return events
