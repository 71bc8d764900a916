"""One sentence about the crowd of a run: how it was created and the results of its checks, or why it was skipped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.report.run_events import WORDS, checks_of, counts_of
from conformance.report.terminal_text import plain
from simulator.stream.events import CheckCrowdEvent, CheckEvent
from simulator.wording import counted

HOW = {"bulk": "by Bulk", "requests": "one request each"}


def crowd_lines(events: Sequence[CheckEvent]) -> list[str]:
    """One sentence about the crowd; empty for a run without checks that need it."""
    told = crowd_of(events)
    if "made" in told:
        return [f"{_made(told['made'])}{_removed(told.get('removed'))}: {_counts(events)}"]
    if "left out" in told:
        number = sum(1 for check in checks_of(events) if check.get("crowd"))
        reason = plain(told["left out"]["reason"])
        return [f"skipped, {counted(number, 'check')} did not run: {reason}"]
    return []


def crowd_of(events: Iterable[CheckEvent]) -> dict[str, CheckCrowdEvent]:
    """The last event of the crowd in each state."""
    return {event["state"]: event for event in events if event["event"] == "crowd"}


def _made(event: CheckCrowdEvent) -> str:
    users = f"{event['users']:,} users"
    groups = f", a group of all of them, and {event['groups'] - 1} small groups" if event["groups"] else ", no groups"
    return f"{users}{groups}, created {HOW[event['by']]} in {event['seconds']:.1f} s"


def _removed(event: CheckCrowdEvent | None) -> str:
    if event is None:
        return ", not removed"
    return f", {event['left']:,} could not be removed" if event["left"] else ", all removed"


def _counts(events: Iterable[CheckEvent]) -> str:
    counts = counts_of(check for check in checks_of(events) if check.get("crowd"))
    return ", ".join(f"{counts[verdict.value]} {word}" for verdict, word in WORDS.items() if counts[verdict.value])
