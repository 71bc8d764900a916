"""The JUnit XML report of a load test: a case for each limit, each operation of a baseline, and the end state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loadtests.measurements.baseline import SLOWER
from loadtests.report.run_events import RunEvents, by_kind
from loadtests.report.wording import missed_by, number, ratio_line
from simulator.report.junit import Case, Finding, Suite, junit_document
from simulator.stream.events import LoadEvent
from simulator.wording import counted


def as_junit(events: Iterable[LoadEvent]) -> str:
    """The XML document."""
    run = by_kind(events)
    cases = [
        Case(f"load.{group}", name, None if failed is None else Finding("failure", failed))
        for group, name, failed in _verdicts(run)
    ]
    seconds = str(run.end["summary"]["seconds"])
    suite = Suite(f"load {run.header['settings']['scenario']}", cases, seconds, counted=("failure",))
    return junit_document("scimulator load", [suite])


def _verdicts(run: RunEvents) -> Iterator[tuple[str, str, str | None]]:
    """The suite, the name, and the failure (None: passed) of each case."""
    for event in run.budget:
        told = f"measured {number(event['measured'])}, limit {number(event['limit'])}, missed by {missed_by(event)}"
        yield "budget", event["name"], None if event["ok"] else told
    for row in run.baseline:
        yield "baseline", row["name"], ratio_line(row) if row["verdict"] == SLOWER else None
    for verified in run.verified:
        wrong = [f"{found['person']}: {found['attribute'] or found['kind']}" for found in verified["differences"][:5]]
        wrong += [f"and {verified['total'] - len(wrong):,} more"] * (verified["total"] > len(wrong))
        yield (
            "end state",
            "matches the state that was sent",
            f"{counted(verified['total'], 'difference')}: {', '.join(wrong)}" if wrong else None,
        )
    for cleanup in run.cleanups:
        remaining = counted(cleanup["total"], "resource remains", "resources remain") if cleanup["total"] else None
        yield "cleanup", "all created resources were deleted", remaining
    if not run.end["summary"]["requests"]:
        yield "run", "requests were sent", "no request was sent"
