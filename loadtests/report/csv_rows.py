"""The operations of a load test as CSV, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from loadtests.report.run_events import by_kind
from loadtests.report.wording import FIGURES
from simulator.stream.events import LoadEvent


def as_csv(events: Iterable[LoadEvent]) -> str:
    """A header and one row per operation. A cell is empty if there was no response to measure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["operation", *FIGURES])
    for event in by_kind(events).operations:
        writer.writerow([event["name"], *(event[name] for name in FIGURES)])
    return text.getvalue()
