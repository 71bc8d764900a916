"""What an administrator does to a job reaches it; the built-in scenarios show what it does to users."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.run.dry_run import DryTarget
from simulator.run.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import RunStream

START = "2026-03-02T"
ANNA = {"day": 1, "person": 3}


def lived(*events: dict[str, Any], **provider: Any) -> tuple[Simulation, list[Any]]:
    """A run of a day against an empty target."""
    written: list[Any] = []
    scenario = Scenario.model_validate({"users": 6, "days": 1, "provider": provider, "events": list(events)})
    simulation = Simulation(scenario, DryTarget(), RunStream(None, (written.append,)))
    asyncio.run(simulation.rehearse())
    return simulation, written


def cycles(events: list[Any]) -> list[tuple[str, str, int]]:
    """(time, kind, objects looked at) of the cycles that looked at something, after the first."""
    found = [(event["at"][11:16], event["kind"], event["imported"]) for event in events if event["event"] == "cycle"]
    return [cycle for cycle in found[1:] if cycle[2]]


@pytest.mark.parametrize(
    "event",
    [
        {"what": "mapping_changed", "detail": {"attribute": "title", "expression": "[department]"}},
        {"what": "mapping_changed", "detail": {"attribute": "nickName", "expression": "[mailNickname]"}},
        {"what": "mapping_changed", "detail": {"attribute": "title"}},
        {"what": "filter_changed", "detail": {"attribute": "department", "operator": "IS NOT NULL"}},
        {"what": "filter_changed"},
    ],
)
def test_changed_mapping_or_filter_evaluates_everything_at_once(event: dict[str, Any]) -> None:
    """HOW, "Incremental cycles continue until"; QUAR, "will automatically restart provisioning for you"."""
    simulation, events = lived({"day": 1, "at": "09:05", **event})
    [(at, kind, looked_at)] = cycles(events)
    assert (at, kind) == ("09:05", "initial")
    assert looked_at == len(simulation.directory.users) + len(simulation.directory.groups)


def test_changed_mapping_does_not_start_a_stopped_job() -> None:
    stop = {"day": 1, "at": "09:00", "what": "job_stopped"}
    change = {"day": 1, "at": "09:05", "what": "mapping_changed", "detail": {"attribute": "title"}}
    assert cycles(lived(stop, change)[1]) == []
    started = {"day": 1, "at": "11:00", "what": "job_started"}
    assert [cycle[:2] for cycle in cycles(lived(stop, change, started)[1])] == [("11:00", "initial")]


@pytest.mark.parametrize(("after", "disabled"), [((), 0), (({"day": 1, "at": "12:00", "what": "job_restarted"},), 1)])
def test_switch_to_assigned_needs_a_restart(after: tuple[dict[str, Any], ...], disabled: int) -> None:
    """KNOWN, "Switching from Sync All to Sync Assigned not working"."""
    unassigned = {**ANNA, "at": "08:00", "what": "unassigned"}
    switched = {"day": 1, "at": "10:00", "what": "scope_changed", "detail": {"scope": "assigned"}}
    _, events = lived(unassigned, switched, *after, sync_all=True)
    assert [e["cause"]["operation"] for e in events if e["event"] == "exchange"].count("disable user") == disabled


@pytest.mark.parametrize(("knob", "created"), [("match", 1), ("link", 0)])
def test_restored_user_is_doubled_on_demand(knob: str, created: int) -> None:
    """POD, known limitations: "it can result in duplicate users"."""
    away, back = ({**ANNA, "at": at, "what": what} for at, what in (("08:00", "soft_deleted"), ("10:01", "restored")))
    on_demand = {**ANNA, "at": "10:02", "what": "provisioned_on_demand"}
    simulation, events = lived(away, back, on_demand, on_demand_restored=knob)
    late = [e for e in events if e["event"] == "exchange" and e["virtual_at"][11:16] == "10:02"]
    operations = [exchange["cause"]["operation"] for exchange in late]
    assert operations.count("create user") == created
    assert operations.count("enable user") == 1 - created
    assert len(simulation.job.state.released) == created


def test_portal_finds_no_one_who_is_blocked() -> None:
    blocked, on_demand = (
        {**ANNA, "at": at, "what": what} for at, what in (("08:00", "blocked"), ("09:01", "provisioned_on_demand"))
    )
    scenario = Scenario.model_validate({"users": 6, "events": [blocked, on_demand]})
    with pytest.raises(EventDoesNotFit, match="the portal does not find users who are blocked"):
        scenario.rehearse()


def test_portal_does_not_find_a_joiner_before_the_directory_has_replicated() -> None:
    """POD, "a replication delay of up to a few minutes"."""
    hired, on_demand = (
        {"day": 1, "person": 6, "at": at, "what": what}
        for at, what in (("09:01", "hired"), ("09:03", "provisioned_on_demand"))
    )
    for minutes, moments in ((0, ["09:03"]), (5, ["09:20"])):
        _, events = lived(hired, on_demand, replication_minutes=minutes)
        made = [e["virtual_at"][11:16] for e in events if e["event"] == "exchange" and e["method"] == "POST"]
        assert [at for at in made if at > "00:00"] == moments


def test_on_demand_is_entras_alone() -> None:
    _, events = lived({**ANNA, "at": "09:02", "what": "provisioned_on_demand"}, idp="authentik")
    assert [e for e in events if e["event"] == "exchange" and e["virtual_at"][11:16] == "09:02"] == []


def test_on_demand_while_the_target_is_down_is_a_failed_connection_test() -> None:
    down = {"day": 1, "at": "09:01", "what": "target_down", "detail": {"for": "1h"}}
    _, events = lived(down, {**ANNA, "at": "09:02", "what": "provisioned_on_demand"})
    failed = [e for e in events if e["event"] == "entry" and e["kind"] == "probe"]
    assert failed[0]["at"][11:16] == "09:02"
