"""The operations of a load run as CSV, a row each, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from loadtests.report.run_events import by_kind
from loadtests.report.wording import FIGURES
from simulator.stream.events import LoadEvent


def as_csv(events: Iterable[LoadEvent]) -> str:
    """Header and one row per operation; an empty cell is what was never answered."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["operation", *FIGURES])
    for event in by_kind(events).operations:
        writer.writerow([event["name"], *(event[name] for name in FIGURES)])
    return text.getvalue()
