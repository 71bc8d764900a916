"""A simulation that someone drives: each change happens when it is asked for, and time passes only on request.

The live page uses it. It adds no rules of its own: cycles, expectations, and the server's clock follow the same code as in a
scenario, so what was done by hand can be kept as a scenario and gives the same requests again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from simulator.entra.on_demand import OnDemandRefused, provision_on_demand
from simulator.lifecycle.durations import shown
from simulator.lifecycle.lifecycle_events import EventDoesNotFit, LifecycleEvent
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.request import read_user
from simulator.provisioning.status import SynchronizationJob, job_status
from simulator.provisioning.turn import Turn
from simulator.run.outages import Outage
from simulator.run.outcome import TargetUnusable, verdict_of
from simulator.run.scenario_events import OUTAGES
from simulator.run.service_watch import Account
from simulator.run.simulation import Simulation
from simulator.scenario.model import LATEST, ScenarioEvent
from simulator.stream.events import JobEvent, ObjectKind, SimulateEndEvent
from simulator.wire.exchange import Exchange

UNTIL_TURNED_OFF = "3650d"
ONE_SECOND = timedelta(seconds=1)


class NoCycleDue(Exception):
    """The job is stopped, so there is no next cycle."""


class LiveSimulation(Simulation):
    """One company, one provider, and one target, at the virtual time `now`. Its methods must not run at the same time."""

    done: list[LifecycleEvent]  # changes that were made with `apply`
    timeline: list[LifecycleEvent]  # the events of the scenario

    async def begin(self) -> None:
        """Read what the target contains, and introduce the people. Nothing is written yet."""
        self.done = []
        self._turned_on: dict[str, tuple[int, Outage]] = {}
        self.timeline = self.scenario.timeline(self.company)
        self._waiting = self.timeline[::-1]
        await self._look_around()
        self._events.introduce()
        if self.scenario.brownfield:
            await self._events.settle(self.scenario.brownfield, self._values_of, self._ask)

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self._now

    @property
    def next_cycle_at(self) -> datetime | None:
        """When the next cycle starts; None while the job is stopped."""
        return self._next_cycle

    @property
    def waiting(self) -> Sequence[LifecycleEvent]:
        """The events of the scenario that have not happened yet, the next one first."""
        return self._waiting[::-1]

    @property
    def faults(self) -> Iterable[str]:
        """The names of the faults that are turned on."""
        return tuple(self._turned_on)

    # ── changes ──

    async def apply(
        self, what: str, *, person: int | None = None, group: str | None = None, detail: dict[str, Any] | None = None
    ) -> LifecycleEvent:
        """Make one change now. Raises EventDoesNotFit, or ValueError for details that are not valid."""
        self._follow_cycle()
        read = ScenarioEvent(what=what, moment=self._now, person=person, group=group, detail=detail or {})
        event = LifecycleEvent(self._now, what, person, group, read.detail)
        await self._happen(event)
        self.done.append(event)
        return event

    async def turn_on(self, fault: str, detail: dict[str, Any]) -> None:
        """Inject a fault into the requests of the provider until `turn_off`, or for `count` requests."""
        await self.turn_off(fault)
        await self.apply(fault, detail={"for": UNTIL_TURNED_OFF, **detail})
        self._turned_on[fault] = len(self.done) - 1, self._outages.active[-1]

    async def turn_off(self, fault: str) -> None:
        """Stop injecting a fault. The event of the scenario gets the time for which it lasted."""
        if fault not in self._turned_on:
            return
        self._follow_cycle()
        place, outage = self._turned_on.pop(fault)
        self._outages.active.remove(outage)
        event = self.done[place]
        lasted = max(self._now - event.at, ONE_SECOND)
        self.done[place] = replace(event, detail={**event.detail, "for": shown(lasted)})

    def hits_of(self, fault: str) -> int:
        """The number of requests that a kind of fault has affected."""
        return self._outages.struck.get(OUTAGES[fault], 0)

    def configure(self, schema: SynchronizationSchema) -> None:
        """Give the job another mapping, which restarts it as in Entra ID."""
        self.job.configure(schema)
        self._verification.expect_everything()
        if self.job.is_woken:
            self._next_cycle = self._now

    async def provision(self, kind: ObjectKind, object_id: str, person: int | None = None) -> list[Turn]:
        """Provision one object on demand and return its turns, the connection test's first. `person` is a user's number.

        Raises EventDoesNotFit when the provider does not offer it, and ConnectionTestFailed.
        """
        if not self.job.provider.offers_on_demand:
            raise EventDoesNotFit(f"{self.scenario.provider.idp} does not offer provisioning on demand")
        self._follow_cycle()
        try:
            turns = await provision_on_demand(self.job, self.scenario.provider.settings(), kind, object_id, self._now)
        except OnDemandRefused as error:
            raise EventDoesNotFit(str(error)) from None
        for turn in turns[1:]:  # the connection test was reported when it was made
            self.job.tell(turn)
        self._verification.expect_everything()
        if person is not None:
            self.done.append(LifecycleEvent(self._now, "provisioned_on_demand", person))
        return turns

    # ── time ──

    async def run_cycle(self) -> None:
        """Advance to the next cycle and run it. Raises NoCycleDue."""
        cycle = self._next_cycle
        if cycle is None:
            raise NoCycleDue
        number = self.outcome.cycles
        while self.outcome.cycles == number and (moment := self._next_moment(cycle)) is not None:
            await self._step(moment, LATEST)

    async def advance(self, until: datetime) -> None:
        """Let time pass: events, cycles, expectations, and the server's own schedule, each at its time."""
        while (moment := self._next_moment(until)) is not None:
            await self._step(moment, LATEST)
        self._now = max(self._now, until)
        self.directory.catch_up(self._now)
        await self._move_clock(self._now)

    async def compare(self) -> None:
        """Read the whole target and compare it with the directory."""
        self._stream.write(await self._verification.at_the_end(self._now, self.outcome.cycles))

    # ── what there is to see ──

    async def read_user(self, object_id: str) -> Exchange | None:
        """The linked user as the target shows it now; None when the person is not linked."""
        target_id = self.job.state.users.get(object_id)
        if target_id is None:
            return None
        return await self._ask(replace(read_user(target_id), operation="read back"))

    async def account_of(self, object_id: str) -> Account | None:
        """The account of a person in the embedded server's application."""
        target_id = self.job.state.users.get(object_id)
        if self._watch is None or target_id is None:
            return None
        return await self._watch.account_of(target_id)

    async def schedule(self) -> dict[str, Any] | None:
        """The embedded server's connection with the settings and times of its syncs; None for other targets."""
        return None if self._watch is None else await self._watch.connection()

    async def restart_target(self) -> None:
        """Start the embedded server again, after killing it if it still runs. Its data and its clock continue."""
        await self._kill(self._now)

    def job_status(self) -> SynchronizationJob:
        """The status of the job, in the format of Microsoft Graph."""
        return job_status(self.job, self.job.report)

    def closing_events(self) -> tuple[JobEvent, SimulateEndEvent]:
        """The last two events of a stream that ends now; the simulation itself can continue."""
        job: JobEvent = {"event": "job", **self.job_status()}
        outcome = self._finish()
        code = 2 if not outcome.cycles else 0 if outcome.good else 1
        end: SimulateEndEvent = {
            "event": "end",
            "verdict": verdict_of(outcome),
            "exit_code": code,
            "summary": outcome.summary(),
        }
        return job, end

    def _follow_cycle(self) -> None:
        """A change after a cycle gets a later time than the cycle: in a scenario, changes precede a cycle at the same time."""
        if self._now == self.job.report.at:
            self._now += ONE_SECOND

    async def _cycle(self, at: datetime, end: datetime) -> None:
        """Run one cycle. An unusable target does not stop the run: the log and the job's quarantine show it."""
        before = self.job.state.quarantine
        try:
            await super()._cycle(at, end)
        except TargetUnusable:
            self.outcome.cycles += 1
            self.outcome.failed += 1
            self._got_through = False
            self._tell_notices(before)
