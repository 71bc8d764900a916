"""One run: scenario × provider × target, on virtual time, as a stream of events."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from simulator.directory.directory import Directory
from simulator.entra import requests
from simulator.entra.cycle import ConnectionTestFailed, CycleReport, Provisioning
from simulator.entra.projection import Projection
from simulator.entra.requests import Request, with_flag
from simulator.lifecycle.events import LifecycleEvent, apply_event
from simulator.outcome import Outcome, TargetUnusable
from simulator.scenario.model import Scenario
from simulator.service_watch import ServiceWatch
from simulator.verify.compare import Comparison
from simulator.verify.read_back import ReadBackFailed, read_all
from simulator.wire.client import ScimClient
from simulator.wire.exchange import Exchange
from simulator.wire.stream import RunStream


class Simulation:
    """Lives through a scenario against one target."""

    def __init__(
        self, scenario: Scenario, client: ScimClient, stream: RunStream, watch: ServiceWatch | None = None
    ) -> None:
        self.scenario = scenario
        self.company = scenario.company()
        self.directory = Directory.from_company(self.company, scenario.start)
        self.directory.sync_all = scenario.provider.sync_all
        self.outcome = Outcome(people=scenario.users)
        self._client = client
        self._stream = stream
        self._watch = watch
        self._now = scenario.start
        self._hash = hashlib.sha256()
        self._known_ids: dict[str, str] = {}
        self._told: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._pages: dict[tuple[str, int], tuple[bytes, Any]] = {}
        self.job = Provisioning(self.directory, self._send, seed=scenario.seed, dialect=scenario.provider.dialect)
        self._projection = Projection(self.job)
        self._comparison = Comparison()

    async def run(self) -> Outcome:
        """The whole scenario; raises TargetUnusable when the very first probe fails."""
        begun = time.perf_counter()
        scenario = self.scenario
        timeline = scenario.timeline(self.company)
        await self._note_foreign()
        self._phase("provision", "start", f"{scenario.users} people, {len(self.directory.groups)} groups")
        self._introduce()
        await self._cycle(scenario.start)
        self._phase("provision", "end")
        self._phase("live", "start", f"{scenario.days} virtual days, {len(timeline)} events")
        interval = timedelta(minutes=scenario.provider.cycle_minutes)
        end = scenario.start + timedelta(days=scenario.days)
        waiting = list(reversed(timeline))
        moment = scenario.start + interval
        while moment <= end:
            self.directory.purge_expired(moment)
            while waiting and waiting[-1].at <= moment:
                self._happen(waiting.pop())
            await self._cycle(moment)
            moment += interval
        if self._watch:
            await self._move_clock(end)
        self._phase("live", "end")
        return self._finish(begun)

    # ── one cycle ──

    async def _cycle(self, at: datetime) -> None:
        self._now = at
        if self._watch:
            await self._move_clock(at)
        try:
            report = await self.job.run_cycle(at)
        except ConnectionTestFailed as error:
            self._give_up_or_note(error)
            return
        self.outcome.cycles += 1
        self.outcome.failed += report.failed
        self._tell_cycle(report)
        await self._verify(report.number)
        if self._watch and any(entry.action in ("Disable", "Delete") for entry in report.entries):
            for event in await self._watch.look_at_accounts(self._person_of):
                self._stream.write(event)

    def _give_up_or_note(self, error: ConnectionTestFailed) -> None:
        exchange = error.exchange
        if self.outcome.cycles == 0:
            if exchange.status is None:
                raise TargetUnusable(f"{self._client.base_url} cannot be reached: {exchange.failure}")
            if exchange.status in (401, 403):
                raise TargetUnusable(f"{self._client.base_url} refuses the token ({exchange.status})")
            raise TargetUnusable(f"the connection test failed at {self._client.base_url}: {error}")
        self.outcome.cycles += 1
        self.outcome.failed += 1
        self._stream.write(
            {"event": "entry", "cycle": str(self.outcome.cycles), "at": self._now.isoformat(), "person": None}
            | {"group": None, "action": "Other", "status": "Failure", "error_code": "Quarantine", "reason": str(error)}
        )

    async def _verify(self, cycle: int) -> None:
        expected = self._projection.update()
        try:
            users = await read_all(self._fetch_page, "/Users")
            groups = await read_all(self._fetch_page, "/Groups")
            found = [difference.to_json() for difference in self._comparison.differences(expected, users, groups)]
        except ReadBackFailed as error:
            users, groups = [], []
            found = [{"kind": "unreadable", "person": "", "attribute": "", "expected": "a list", "found": str(error)}]
        self.outcome.cycles_converged += not found
        self.outcome.differences += len(found)
        self._stream.write(
            {
                "event": "verified",
                "cycle": cycle,
                "at": self._now.isoformat(),
                "converged": not found,
                "people": len(users),
                "groups": len(groups),
                "differences": found[:100],
            }
        )

    async def _note_foreign(self) -> None:
        """What is in the target before anything is provisioned belongs to somebody else and is left alone."""
        try:
            users = await read_all(self._fetch_page, "/Users")
            groups = await read_all(self._fetch_page, "/Groups")
        except ReadBackFailed:
            return  # the probe of the first cycle says it better
        foreign = frozenset(str(resource.get("id")) for resource in [*users, *groups])
        self._projection = Projection(self.job, foreign)

    async def _fetch_page(self, endpoint: str, start: int, count: int) -> Any:
        self._counts["read page"] += 1
        exchange = await self._client.send(requests.read_page(endpoint, start, count), virtual_at=self._now)
        if exchange.status != 200:
            return None
        # Most pages are the same bytes cycle after cycle: parse them once, and comparing finds the same objects.
        held = self._pages.get((endpoint, start))
        if held is None or held[0] != exchange.response_body:
            held = self._pages[(endpoint, start)] = (exchange.response_body, exchange.response_json())
        return held[1]

    # ── requests ──

    async def _send(self, request: Request, cause: dict[str, str]) -> Exchange:
        path = with_flag(request.path, self.scenario.provider.dialect)
        exchange = await self._client.send(
            Request(request.method, path, request.body, request.operation), virtual_at=self._now, cause=cause
        )
        self._counts[request.operation] += 1
        self._remember_id(exchange, cause)
        self._stream.write(exchange.to_event())
        return exchange

    def _remember_id(self, exchange: Exchange, cause: dict[str, str]) -> None:
        """Fold the request into the run's hash, ids that the target made replaced by the directory's."""
        text = (
            f"{exchange.method} {exchange.url[len(self._client.base_url) :]} {(exchange.request_body or b'').decode()}"
        )
        for part in text.replace('"', "/").replace("?", "/").replace(" ", "/").split("/"):
            if part in self._known_ids:
                text = text.replace(part, self._known_ids[part])
        self._hash.update(text.encode())
        if exchange.cause["operation"] in ("create user", "create group", "match user", "match group"):
            owner = cause.get("person") or cause.get("group")
            body = exchange.response_json()
            if isinstance(body, dict) and owner:
                if isinstance(body.get("id"), str):
                    self._known_ids[body["id"]] = owner
                for resource in body.get("Resources", ()) if isinstance(body.get("Resources"), list) else ():
                    if isinstance(resource, dict) and isinstance(resource.get("id"), str):
                        self._known_ids[resource["id"]] = owner

    # ── events ──

    def _happen(self, event: LifecycleEvent) -> None:
        apply_event(event, self.directory, self.company)
        name = {"joiner": "joiners", "mover": "movers", "leaver": "leavers", "group": "group_changes"}[event.kind]
        setattr(self.outcome, name, getattr(self.outcome, name) + 1)
        self._introduce()
        person = None if event.person is None else self.company.object_id("person", event.person)
        self._stream.write(
            {
                "event": "change",
                "at": event.at.isoformat(),
                "kind": event.kind,
                "what": event.what,
                "person": person,
                "group": event.group,
                "detail": event.detail,
            }
        )

    def _introduce(self) -> None:
        for user in self.directory.users.values():
            if user.object_id not in self._told:
                self._told.add(user.object_id)
                self._stream.write(
                    {
                        "event": "person",
                        "id": user.object_id,
                        "name": user.name,
                        "user_name": user.attributes["userPrincipalName"],
                        "department": user.attributes["department"],
                        "title": user.attributes["jobTitle"],
                    }
                )

    def _tell_cycle(self, report: CycleReport) -> None:
        for entry in report.entries:
            self._stream.write(
                {
                    "event": "entry",
                    "cycle": report.number,
                    "at": report.at.isoformat(),
                    "person": entry.person,
                    "group": entry.group,
                    "action": entry.action,
                    "status": entry.status,
                    "error_code": entry.error_code,
                    "reason": entry.reason,
                }
            )
        self._stream.write(
            {
                "event": "cycle",
                "number": report.number,
                "kind": report.kind,
                "at": report.at.isoformat(),
                "imported": report.imported,
                "exported": report.exported,
                "skipped": report.skipped,
                "failed": report.failed,
                "escrowed": report.escrowed,
                "requests": report.requests,
            }
        )

    async def _move_clock(self, moment: datetime) -> None:
        assert self._watch is not None
        for event in await self._watch.move_clock(moment, self._person_of):
            self._stream.write(event)

    def _person_of(self, target_id: str) -> str | None:
        return self._known_ids.get(target_id)

    def _phase(self, name: str, state: str, detail: str = "") -> None:
        self._stream.write({"event": "phase", "name": name, "state": state, "detail": detail})

    def _finish(self, begun: float) -> Outcome:
        outcome = self.outcome
        outcome.groups = len(self.directory.groups)
        outcome.requests_by_operation = dict(sorted(self._counts.items()))
        outcome.requests = sum(self._counts.values())
        outcome.requests_hash = self._hash.hexdigest()[:16]
        outcome.wall_seconds = round(time.perf_counter() - begun, 2)
        if self._watch:
            outcome.sync = dict(self._watch.totals)
        return outcome
