"""JUnit XML as CI systems read it: a case per limit of the budget, per operation of a baseline, and for the end state."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.measurements.baseline import SLOWER
from loadtests.report.wording import Event, missed_by, number, of, ratio_line
from simulator.report.junit import Case, Finding, Suite, junit_document


def as_junit(events: list[Event]) -> str:
    """The document."""
    cases = [
        Case(f"load.{group}", name, None if failed is None else Finding("failure", failed))
        for group, name, failed in _verdicts(events)
    ]
    seconds = str(events[-1]["summary"]["seconds"])
    suite = Suite(f"load {events[0]['settings']['scenario']}", cases, seconds, counted=("failure",))
    return junit_document("scimulator load", [suite])


def _verdicts(events: list[Event]) -> Iterator[tuple[str, str, str | None]]:
    """Group, name, and what failed (None: nothing)."""
    for event in of(events, "budget"):
        told = f"measured {number(event['measured'])}, limit {number(event['limit'])}, missed by {missed_by(event)}"
        yield "budget", event["name"], None if event["ok"] else told
    for row in of(events, "baseline"):
        yield "baseline", row["name"], ratio_line(row) if row["verdict"] == SLOWER else None
    for event in of(events, "verified"):
        wrong = [f"{found['person']}: {found['attribute'] or found['kind']}" for found in event["differences"][:5]]
        yield (
            "end state",
            "equal to what was sent",
            f"{event['total']} differences: {', '.join(wrong)}" if wrong else None,
        )
    for event in of(events, "cleanup"):
        yield "clean-up", "nothing left", f"{event['total']} resources left" if event["total"] else None
    if not events[-1]["summary"]["requests"]:
        yield "run", "something was sent", "nothing was sent"
