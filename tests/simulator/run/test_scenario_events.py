"""A scenario's events reach the directory, the job, or the target, and each one is in the stream."""

from __future__ import annotations

import asyncio
from typing import Any

from simulator.run.dry_run import DryTarget
from simulator.run.outcome import Outcome
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream

PEOPLE = 6


def lived(*events: dict[str, Any]) -> tuple[Outcome, list[Any]]:
    """A run without a target that is read back: its outcome and its events."""
    written: list[Any] = []
    scenario = Scenario.model_validate({"users": PEOPLE, "days": 2, "events": list(events)})
    outcome = asyncio.run(Simulation(scenario, DryTarget(), RunStream(None, (written.append,))).rehearse())
    return outcome, written


def of(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event["event"] == kind]


def test_a_change_of_a_person_is_counted_and_names_the_person() -> None:
    outcome, events = lived({"day": 1, "at": "08:00", "person": 2, "what": "blocked"})
    assert (outcome.joiners, outcome.movers, outcome.leavers) == (0, 0, 1)
    [change] = of(events, "change")
    assert (change["kind"], change["what"]) == ("leaver", "blocked")
    assert change["person"] in {person["id"] for person in of(events, "person")}


def test_every_person_is_introduced_once() -> None:
    outcome, events = lived({"day": 1, "at": "08:00", "what": "hired", "person": PEOPLE})
    people = [person["id"] for person in of(events, "person")]
    assert outcome.joiners == 1
    assert len(people) == len(set(people)) == PEOPLE + 1


def test_a_stopped_job_runs_no_further_cycle_until_it_is_started() -> None:
    stopped, started = (
        {"day": 1, "at": "08:00", "what": "job_stopped"},
        {"day": 2, "at": "08:00", "what": "job_started"},
    )
    _, events = lived(stopped, started)
    moments = [event["at"] for event in of(events, "cycle")]
    assert [at for at in moments if "2026-03-02T08:00" < at[:16] < "2026-03-03T08:00"] == []
    assert max(moments) >= "2026-03-03T08:00"
