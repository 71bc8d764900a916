"""Selects events of a simulation by kind."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.stream.events import (
    EntryEvent,
    ExpectationEvent,
    SimulateEndEvent,
    SimulateEvent,
    SimulateRunEvent,
    SimulateVerifiedEvent,
)


def header_of(events: Iterable[SimulateEvent]) -> SimulateRunEvent:
    """The run's first event: seed, target, and settings."""
    return next(event for event in events if event["event"] == "run")


def end_of(events: Iterable[SimulateEvent]) -> SimulateEndEvent:
    """The run's last event: result, exit code, and totals."""
    return next(event for event in events if event["event"] == "end")


def verified_of(events: Iterable[SimulateEvent]) -> list[SimulateVerifiedEvent]:
    """The comparisons of the target with the directory, in order."""
    return [event for event in events if event["event"] == "verified"]


def expectations_of(events: Iterable[SimulateEvent]) -> list[ExpectationEvent]:
    """The judged expectations of the scenario, in order."""
    return [event for event in events if event["event"] == "expectation"]


def left_of(events: Iterable[SimulateEvent]) -> list[str]:
    """Paths of the resources that the run could not remove from the target."""
    return [path for event in events if event["event"] == "cleanup" and not event["kept"] for path in event["left"]]


def still_listed_of(events: Iterable[SimulateEvent]) -> list[str]:
    """Paths of the resources that the target still shows although it accepted their deletion."""
    return [path for event in events if event["event"] == "cleanup" for path in event.get("still_listed", ())]


def entries_of(events: Iterable[SimulateEvent]) -> list[EntryEvent]:
    """The lines of the provisioning log, in order."""
    return [event for event in events if event["event"] == "entry"]


def still_active(leavers: int | None) -> str:
    """The number of leavers who are still active; `unknown` if the users could not be read at the end."""
    return "unknown" if leavers is None else f"{leavers:,}"
