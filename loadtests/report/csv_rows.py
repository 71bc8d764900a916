"""The operations of a load run as CSV, a row each, for spreadsheets."""

from __future__ import annotations

import csv
import io

from loadtests.report.wording import FIGURES, Event, of


def as_csv(events: list[Event]) -> str:
    """Header and one row per operation; an empty cell is what was never answered."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["operation", *FIGURES])
    for event in of(events, "operation"):
        writer.writerow([event["name"], *(event[name] for name in FIGURES)])
    return text.getvalue()
