"""Runs one scenario with one provider against one target, on virtual time, and writes the stream of events."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from reference_server.embedded import RestartableServer
from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.providers import create_provider
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.job import Job
from simulator.provisioning.quarantine import Quarantine
from simulator.provisioning.request import Request, own
from simulator.provisioning.status import job_status, why_stopped
from simulator.provisioning.turn import Turn
from simulator.run.administrator import Administrator
from simulator.run.backup import Backup
from simulator.run.cycle_events import cycle_event, entry_event, notice_events
from simulator.run.difference_list import DifferenceList
from simulator.run.discovery import Discovered
from simulator.run.expectation_judge import ExpectationJudge
from simulator.run.leftovers import recognize
from simulator.run.made_resources import MadeResources, clean_up
from simulator.run.outages import Outages, Sender
from simulator.run.outcome import Outcome, TargetUnusable, why_unusable
from simulator.run.scenario_events import ScenarioEvents
from simulator.run.service_watch import ServiceWatch
from simulator.run.verification import Verification
from simulator.scenario.model import Scenario
from simulator.stream.events import JobEvent, PhaseName, PhaseState
from simulator.stream.run_stream import RunStream
from simulator.wire.exchange import Exchange
from simulator.wire.fingerprint import Fingerprint
from simulator.wording import counted

# The server's clock does not advance for these requests.
_UNSEEN_BY_THE_CLOCK = frozenset({"probe user", "probe group"})


class Simulation:
    """One run of a scenario against one target."""

    def __init__(
        self,
        scenario: Scenario,
        client: Sender,
        stream: RunStream,
        watch: ServiceWatch | None = None,
        schema: SynchronizationSchema | None = None,
        running: RestartableServer | None = None,
    ) -> None:
        self.scenario = scenario
        self.company = scenario.company()
        self.directory = scenario.directory(self.company)
        self.outcome = Outcome(people=scenario.users, judge=scenario.judge)
        self._client = client = MadeResources(client)
        self._stream, self._watch = stream, watch
        self._now = self._service_time = scenario.start
        self._clock = asyncio.Lock()
        self._fingerprint = Fingerprint(client.base_url)
        self._counts: Counter[str] = Counter()
        self._sent, self._begun = 0, time.perf_counter()
        self._writes: dict[str, str] = {}
        self._verifies = self._got_through = True
        self._waiting: list[LifecycleEvent] = []  # the last one is next
        self._next_cycle: datetime | None = scenario.start
        self._running = running
        self._outages = Outages(client, self._kill, timeout_seconds=scenario.provider.timeout_seconds)
        provider = create_provider(
            scenario.provider.idp, self.directory, scenario.provider.settings(), seed=scenario.seed, schema=schema
        )
        self.job = Job(provider, self._send, on_turn=self._tell_turn)
        differences = DifferenceList(stream, lambda id_: self._writes.get(id_, "no write was sent for this object"))
        self._verification = Verification(self.job, self._ask, self.outcome, differences, mode=scenario.verify)
        backup = Backup(self._ask, (lambda: client.paths) if scenario.verify == "by id" else None)
        administrator = Administrator(self.job, scenario.provider.settings(), self.company)
        self._events = ScenarioEvents(
            self.directory, self.company, administrator, self._outages, backup, stream, self.outcome
        )
        self._expectations = ExpectationJudge(
            self.directory, self.company, self.job, self._ask, watch, scenario.person, self._verification.equals
        )

    def note(self, found: Discovered, *, groups_wanted: bool) -> None:
        """Write remarks about what discovery found. Groups that exist but cannot be provisioned are still verified."""
        for text in found.remarks(self.job.schema, groups=groups_wanted):
            self._stream.write({"event": "remark", "text": text})
        if found.broken_groups and groups_wanted:
            self._verification.read_groups()

    @property
    def made(self) -> bool:
        """Whether this run may have created resources in the target."""
        return self._client.is_used

    async def rehearse(self) -> Outcome:
        """Run the whole scenario without reading what the target contains."""
        self._verifies = False
        return await self.run()

    async def run(self) -> Outcome:
        """Run the whole scenario. Raises TargetUnusable when the first connection test fails."""
        scenario = self.scenario
        timeline = scenario.timeline(self.company)
        if self._verifies:
            await self._look_around()
        people, groups = counted(scenario.users, "person", "people"), counted(len(self.directory.groups), "group")
        self._phase("provision", "start", f"{people}, {groups}")
        self._events.introduce()
        if scenario.brownfield:
            await self._events.settle(scenario.brownfield, self._values_of, self._ask)
        end = scenario.start + timedelta(days=scenario.days)
        await self._cycle(scenario.start, end)
        self._phase("provision", "end")
        days, events = counted(scenario.days, "virtual day"), counted(len(timeline), "event")
        self._phase("live", "start", f"{days}, {events}")
        self._waiting, self._next_cycle = list(reversed(timeline)), self.job.next_cycle_at(scenario.start)
        await self._live(end)
        if self._verifies and not self._got_through:
            self._now = end
            self._stream.write(await self._verification.at_the_end(end, self.outcome.cycles))
        await self._move_clock(end)
        self._phase("live", "end")
        if self._outages.struck:
            self._stream.write({"event": "network_faults", "struck": dict(sorted(self._outages.struck.items()))})
        self._stream.write(JobEvent(event="job", **job_status(self.job, self.job.report)))
        return self._finish()

    async def _live(self, end: datetime) -> None:
        """Process events, cycles, and expectations until `end`, in the order of their virtual times."""
        while (moment := self._next_moment(end)) is not None:
            await self._step(moment, end)
        if self._next_cycle is None:
            self.outcome.stopped = why_stopped(self.job)

    def _next_moment(self, end: datetime) -> datetime | None:
        """When the next event, cycle, or expectation is due; None if that is after `end`."""
        event_at = self._waiting[-1].at if self._waiting else None
        due = (event_at, self._next_cycle, self._expectations.next_at())
        return min((moment for moment in due if moment is not None and moment <= end), default=None)

    async def _step(self, moment: datetime, end: datetime) -> None:
        """Process the one event, cycle, or expectation that is due at `moment`."""
        self.directory.catch_up(moment)
        if self._waiting and self._waiting[-1].at == moment:
            await self._happen(self._waiting.pop())
        elif moment == self._next_cycle:
            self.directory.purge_expired(moment)
            await self._cycle(moment, end)
            self._next_cycle = self.job.next_cycle_at(moment)
        else:
            await self._judge(moment)

    async def _happen(self, event: LifecycleEvent) -> None:
        """Apply one event. Raises EventDoesNotFit."""
        self._now = event.at
        self._expectations.expect(event, self._sent)
        await self._events.happen(event)
        if event.kind == "target":
            self._verification.distrust()
        elif event.what == "provisioned_on_demand":
            self._verification.expect_everything()
        if self.job.state.is_paused:
            self._next_cycle = None  # one that is under way is finished; none follows (KNOWN)
        elif self.job.is_woken:
            self._next_cycle = event.at

    async def _judge(self, moment: datetime) -> None:
        self._now = moment
        await self._move_clock(moment)
        event, self.outcome.expectations = await self._expectations.judge(self._sent), self.outcome.expectations + 1
        self.outcome.expectations_held += event["held"]
        self._stream.write(event)

    async def _look_around(self) -> None:
        """Read what the target contains before the first cycle, and report resources of an earlier run."""
        held = await self._verification.note_foreign()
        self._client.foreign = frozenset(str(one.get("id")) for listed in held.values() for one in listed)
        found = recognize(held["/Users"], held["/Groups"])
        if found.paths:
            self._stream.write(found.event())

    async def clean_up(self, *, keep: bool = False) -> None:
        """Delete the resources that this run created, unless `keep` is set."""
        cleanup = await clean_up(self._client, self._verification.still_shown, self._stream, keep=keep)
        if not keep:
            self.outcome.left, self.outcome.still_listed = len(cleanup.left), len(cleanup.still_listed)

    # ── one cycle ──

    async def _cycle(self, at: datetime, end: datetime) -> None:
        self._now = at
        before = self.job.state.quarantine
        try:
            report = await self.job.run_cycle(at)
        except ConnectionTestFailed as error:
            if self.outcome.cycles == 0:
                raise TargetUnusable(why_unusable(self._client.base_url, error)) from None
            self.outcome.cycles += 1
            self.outcome.failed += 1
            self._got_through = False
            self._tell_notices(before)
            return
        self._tell_notices(before)
        self._got_through = True
        report.ended_at += self._outages.delay  # the next cycle starts only after this one has ended
        self._outages.delay = timedelta()
        self.outcome.cycles += 1
        self.outcome.failed += report.failed
        self._stream.write(cycle_event(report))
        following = self.job.next_cycle_at(at)
        ends_run = following is None or following > end
        ends_day = following is None or ends_run or following.date() != at.date()
        if self._verifies:
            verified = await self._verification.after(report, ends_day=ends_day, ends_run=ends_run)
            if verified is not None:
                self._stream.write(verified)
        if self._watch and report.leaving:
            for event in await self._watch.look_at_accounts(self._fingerprint.owner):
                self._stream.write(event)
        if ends_day:
            await self._move_clock(at)

    # ── requests ──

    async def _send(self, request: Request, cause: dict[str, str]) -> Exchange:
        """Send one request of the provisioning engine. It is numbered and written to the stream at the end of its turn."""
        if request.operation not in _UNSEEN_BY_THE_CLOCK:
            await self._move_clock(self._now)
        return await self._outages.send(request, virtual_at=self._now, cause=cause)

    async def _ask(self, request: Request) -> Exchange:
        """Send one request that only observes the target. A header distinguishes it from the provider's requests."""
        self._counts[request.operation] += 1
        return await self._client.send(own(request), virtual_at=self._now)

    async def _kill(self, at: datetime) -> None:
        """Kill the server with SIGKILL and restart it; its clock continues."""
        if self._running is not None:
            self._running.kill()
            await asyncio.to_thread(self._running.start, self._service_time)
            if self._watch is not None:
                self._watch.moved_to(self._running.server)

    def _values_of(self, index: int) -> dict[str, Any]:
        user = self.directory.users[self.company.object_id("person", index)]
        return self.job.context.values(user, self.job.context.scope(user), at_creation=True)

    async def _move_clock(self, moment: datetime) -> None:
        """Advance the server's clock to `moment`; scheduled work on the way runs at its own time."""
        if self._watch is None or self._service_time >= moment:
            return
        async with self._clock:
            if self._service_time < moment:
                for event in await self._watch.move_clock(moment, self._fingerprint.owner):
                    self._stream.write(event)
                self._service_time = moment

    # ── the stream ──

    def _tell_notices(self, before: Quarantine | None) -> None:
        for event in notice_events(self.job, before, self._now):
            self._stream.write(event)

    def _tell_turn(self, turn: Turn) -> None:
        """Number the requests of a finished turn and write them. The order does not depend on parallel turns."""
        numbers, at = [], turn.at.isoformat()
        for exchange in turn.exchanges:
            self._sent += 1
            numbers.append(self._sent)
            self._counts[exchange.cause["operation"]] += 1
            self._fingerprint.add(exchange)
            if exchange.method != "GET":
                place = exchange.url.removeprefix(self._client.base_url)
                answer = exchange.status or exchange.failure
                self._writes[turn.object_id] = f"#{self._sent} {exchange.method} {place} → {answer}, cycle {turn.cycle}"
            if self._stream.exchanges:
                self._stream.write(exchange.to_event(self._sent, at))
        if turn.kind == "probe" and turn.status == "Skipped":
            return
        if not self._stream.exchanges and turn.status != "Failure":
            return
        self._stream.write(entry_event(turn, numbers))

    def _phase(self, name: PhaseName, state: PhaseState, detail: str = "") -> None:
        self._stream.write({"event": "phase", "name": name, "state": state, "detail": detail})

    def _finish(self) -> Outcome:
        outcome = self.outcome
        outcome.groups = len(self.directory.groups)
        outcome.requests, outcome.requests_by_operation = self._counts.total(), dict(sorted(self._counts.items()))
        outcome.requests_hash = self._fingerprint.hexdigest()
        outcome.wall_seconds = round(time.perf_counter() - self._begun, 2)
        outcome.sync = dict(self._watch.totals) if self._watch else outcome.sync
        return outcome
