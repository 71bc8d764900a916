"""The events of a load test by kind, from which every report is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.stream.events import (
    BaselineEvent,
    BaselineSettingsEvent,
    BudgetEvent,
    DifferenceFacts,
    ErrorEvent,
    GrowthEvent,
    KneeEvent,
    LoadCleanupEvent,
    LoadEndEvent,
    LoadEvent,
    LoadRunEvent,
    LoadVerifiedEvent,
    OperationEvent,
    SlowestEvent,
    StepEvent,
    TenantEvent,
    TimelineEvent,
)


@dataclass(frozen=True, slots=True)
class RunEvents:
    """The events of each kind in the order of the stream. A list is empty if the run wrote no such event."""

    header: LoadRunEvent
    operations: list[OperationEvent]
    tenants: list[TenantEvent]
    slowest: list[SlowestEvent]
    errors: list[ErrorEvent]
    budget: list[BudgetEvent]
    timelines: list[TimelineEvent]
    growth: list[GrowthEvent]
    baseline_settings: list[BaselineSettingsEvent]
    baseline: list[BaselineEvent]
    steps: list[StepEvent]
    knees: list[KneeEvent]
    verified: list[LoadVerifiedEvent]
    cleanups: list[LoadCleanupEvent]
    end: LoadEndEvent

    @property
    def differences(self) -> list[DifferenceFacts]:
        """The listed differences between the target's state and the state that was sent."""
        return [difference for event in self.verified for difference in event["differences"]]


def by_kind(events: Iterable[LoadEvent]) -> RunEvents:
    """The events of a finished run, grouped by kind."""
    known = list(events)
    return RunEvents(
        header=next(event for event in known if event["event"] == "run"),
        operations=[event for event in known if event["event"] == "operation"],
        tenants=[event for event in known if event["event"] == "tenant"],
        slowest=[event for event in known if event["event"] == "slowest"],
        errors=[event for event in known if event["event"] == "error"],
        budget=[event for event in known if event["event"] == "budget"],
        timelines=[event for event in known if event["event"] == "timeline"],
        growth=[event for event in known if event["event"] == "growth"],
        baseline_settings=[event for event in known if event["event"] == "baseline_settings"],
        baseline=[event for event in known if event["event"] == "baseline"],
        steps=[event for event in known if event["event"] == "step"],
        knees=[event for event in known if event["event"] == "knee"],
        verified=[event for event in known if event["event"] == "verified"],
        cleanups=[event for event in known if event["event"] == "cleanup"],
        end=end_of(known),
    )


def end_of(events: Iterable[LoadEvent]) -> LoadEndEvent:
    """The `end` event of a finished run."""
    return next(event for event in events if event["event"] == "end")
