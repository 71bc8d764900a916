"""A simulation that is driven by hand sends the same requests as a scenario with the same events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.run import session
from simulator.run.live_simulation import LiveSimulation, NoCycleDue
from simulator.run.session import Target, client_of
from simulator.scenario.model import Scenario, ScenarioEvent
from simulator.stream.run_stream import RunStream

SCENARIO = Scenario(users=4, days=1)


@pytest.fixture
def target() -> Iterator[Target]:
    """A server without the people that other tests leave behind."""
    with embedded_server() as server:
        yield Target(server.base_url, server.token)


async def by_hand(target: Target, events: list[Any]) -> LiveSimulation:
    async with client_of(SCENARIO, target) as client:
        simulation = LiveSimulation(SCENARIO, client, RunStream(None, (events.append,)))
        await simulation.begin()
        try:
            await drive(simulation)
        finally:
            await simulation.clean_up()
    return simulation


async def drive(simulation: LiveSimulation) -> None:
    await simulation.run_cycle()
    await simulation.apply("title_changed", person=1, detail={"title": "Pilot"})
    await simulation.apply("hired", person=4)
    await simulation.run_cycle()
    await simulation.apply("blocked", person=2)
    await simulation.turn_on("target_errors", {})
    await simulation.run_cycle()
    await simulation.turn_off("target_errors")
    await simulation.advance(simulation.now + timedelta(hours=1))


def requests(events: list[Any]) -> list[Any]:
    """What was asked of whom and when; ids of the target differ."""
    names = ("cycle", "operation", "person")
    return [
        (event["virtual_at"], event["method"], *(event["cause"].get(name) for name in names))
        for event in events
        if event["event"] == "exchange"
    ]


def test_what_was_done_by_hand_is_a_scenario_with_the_same_requests(target: Target) -> None:
    live: list[Any] = []
    simulation = asyncio.run(by_hand(target, live))
    assert [event.what for event in simulation.done] == ["title_changed", "hired", "blocked", "target_errors"]
    kept = SCENARIO.only(simulation.done)
    again: list[Any] = []
    asyncio.run(session.simulate(kept, target, RunStream(None, (again.append,))))
    # Several requests are on the way at the same moment, so their order within it can differ.
    last = requests(live)[-1][0]
    assert sorted(each for each in requests(again) if each[0] <= last) == sorted(requests(live))


def test_a_stopped_job_has_no_next_cycle_and_impossible_changes_change_nothing(target: Target) -> None:
    async def stop() -> None:
        async with client_of(SCENARIO, target) as client:
            simulation = LiveSimulation(SCENARIO, client, RunStream(None))
            await simulation.begin()
            with pytest.raises(EventDoesNotFit):
                await simulation.apply("blocked", person=99)
            with pytest.raises(ValueError, match="scope"):
                await simulation.apply("scope_changed", detail={"scope": "some"})
            with pytest.raises(EventDoesNotFit, match="such group"):
                await simulation.provision("group", "none")
            await simulation.apply("job_stopped")
            assert simulation.done == simulation.done[-1:]
            assert simulation.next_cycle_at is None
            with pytest.raises(NoCycleDue):
                await simulation.run_cycle()

    asyncio.run(stop())


def test_a_target_that_does_not_answer_is_reported_and_time_continues() -> None:
    async def drive() -> LiveSimulation:
        nowhere = Target("http://127.0.0.1:9/scim/v2", "a-token-of-nobody")
        async with client_of(SCENARIO, nowhere) as client:
            simulation = LiveSimulation(SCENARIO, client, RunStream(None))
            await simulation.begin()
            await simulation.run_cycle()
            await simulation.run_cycle()
            return simulation

    simulation = asyncio.run(drive())
    assert simulation.outcome.cycles == 2
    assert simulation.job_status()["status"]["code"] == "Quarantine"
    job, end = simulation.closing_events()
    assert (job["event"], end["exit_code"]) == ("job", 1)


def test_events_of_a_scenario_wait_for_their_time(target: Target) -> None:
    event = ScenarioEvent(what="blocked", day=1, after="3h", person=1)
    scenario = SCENARIO.model_copy(update={"events": [event]})

    async def drive() -> None:
        async with client_of(scenario, target) as client:
            simulation = LiveSimulation(scenario, client, RunStream(None))
            await simulation.begin()
            try:
                await simulation.advance(scenario.start + timedelta(hours=2))
                assert [one.what for one in simulation.waiting] == ["blocked"]
                await simulation.advance(scenario.start + timedelta(hours=3))
                assert list(simulation.waiting) == []
                assert simulation.done == []
            finally:
                await simulation.clean_up()

    asyncio.run(drive())


class Scanned(dict[str, Any]):
    """A dict that counts how often someone goes through all of it."""

    scans = 0

    def __iter__(self) -> Iterator[str]:
        self.scans += 1
        return super().__iter__()

    keys = values = items = __iter__  # type: ignore[assignment]


def test_a_cycle_without_changes_scans_neither_the_directory_nor_the_links(target: Target) -> None:
    """A year has thousands of such cycles, so their cost must not depend on the number of people."""

    async def idle() -> tuple[int, int, int]:
        async with client_of(SCENARIO, target) as client:
            simulation = LiveSimulation(SCENARIO, client, RunStream())
            await simulation.begin()
            try:
                await simulation.run_cycle()
                state, directory, before = simulation.job.state, simulation.directory, simulation.outcome.cycles
                links = state.users = Scanned(state.users)
                people = directory.users = Scanned(directory.users)
                await simulation.advance(simulation.now + timedelta(hours=4))
                return simulation.outcome.cycles - before, links.scans, people.scans
            finally:
                await simulation.clean_up()

    assert asyncio.run(idle()) == (6, 0, 0)
