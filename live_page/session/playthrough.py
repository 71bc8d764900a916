"""One playthrough: a company, a provider, and a target, from the first change to the last."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live_page.session.recording import Recording
from live_page.session.search import SearchIndex
from live_page.session.verdicts import Verdicts
from secrecy.redaction import learn
from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.run.discovery import discover
from simulator.run.live_simulation import LiveSimulation
from simulator.run.service_watch import ServiceWatch
from simulator.run.session import Secrets, Target, client_of, open_target, run_event, schema_of, without_groups
from simulator.scenario.model import Scenario
from simulator.stream.run_stream import Listener, RunStream


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the target. Without a URL, the embedded server is started."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def embedded(self) -> bool:
        return self.url is None


class Playthrough:
    """The parts of a playthrough. `open` starts what they need, and `close` ends it."""

    def __init__(
        self, scenario: Scenario, access: Access, target: Target, recording: Recording, simulation: LiveSimulation
    ) -> None:
        self.scenario, self.access, self.target = scenario, access, target
        self.recording, self.simulation = recording, simulation
        self.hired = 0
        self.mapping: str | None = None  # an uploaded mapping, as it was sent
        self.search = SearchIndex(simulation.directory)
        self.verdicts = Verdicts(recording, target.url, target.token if isinstance(target.token, str) else None)
        self.dice = random.Random(f"{scenario.seed}/by hand")
        self._of_scenario = {event.person for event in simulation.timeline if event.person is not None}
        numbers = {*range(scenario.users), *self._of_scenario}
        self._numbers = {simulation.company.object_id("person", number): number for number in numbers}
        self._stack = AsyncExitStack()

    @classmethod
    async def open(cls, scenario: Scenario, access: Access, folder: Path, *listeners: Listener) -> Playthrough:
        """Start the target if it is the embedded one, and read what it contains.

        Raises BadInput, SchemaError, or TargetUnusable.
        """
        learn(access.token)
        async with AsyncExitStack() as stack:
            schema = schema_of(scenario)
            target = stack.enter_context(open_target(access.url, Secrets(access.token), scenario))
            recording = Recording(folder, target.url)
            stack.callback(recording.close)
            stream = RunStream(None, (recording, *listeners))
            client = await stack.enter_async_context(client_of(scenario, target))
            found = await discover(client)
            wanted = scenario.provider.provision_groups
            allowed = scenario if found.has_groups else without_groups(scenario)
            stream.write(run_event(allowed, target))
            watch = None
            if target.embedded is not None and target.embedded.control_url is not None:
                watch = await stack.enter_async_context(ServiceWatch(target.embedded))
            simulation = LiveSimulation(allowed, client, stream, watch, schema, target.running)
            simulation.note(found, groups_wanted=wanted)
            await simulation.begin()
            opened = cls(allowed, access, target, recording, simulation)
            opened._stack = stack.pop_all()
            return opened

    def number_of(self, object_id: str) -> int | None:
        """The number of a person in the company."""
        return self._numbers.get(object_id)

    def next_hire(self) -> int:
        """The number of the next person to hire, whom no event of the scenario hires."""
        number = self.scenario.users + self.hired
        while number in self._of_scenario:
            number += 1
        self.hired = number + 1 - self.scenario.users
        self._numbers[self.simulation.company.object_id("person", number)] = number
        return number

    def scenario_events(self) -> list[LifecycleEvent]:
        """The events of an opened scenario file that have happened."""
        now = self.simulation.now
        waiting = set(map(id, self.simulation.waiting))
        timeline = self.simulation.timeline
        return [event for event in timeline if event.at <= now and id(event) not in waiting]

    def name_of(self, object_id: str) -> str:
        """The name of a person or group, or an empty string when it is no longer in the directory."""
        directory = self.simulation.directory
        found: Any = directory.users.get(object_id) or directory.groups.get(object_id)
        return found.name if found else ""

    async def close(self, *, keep: bool) -> None:
        """End the playthrough. What it created in a target of someone else is deleted unless `keep` is set."""
        try:
            if not self.access.embedded and self.simulation.made:
                with suppress(OSError):
                    await self.simulation.clean_up(keep=keep)
        finally:
            await self._stack.aclose()
