"""Applies the events of a scenario to the directory, the job, or the target, and writes each to the stream."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.entra.requests import create_user
from simulator.lifecycle.durations import parse_duration
from simulator.lifecycle.lifecycle_events import IN_THE_DIRECTORY, LifecycleEvent, apply_event
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request, read_page
from simulator.provisioning.state import PORTAL_RESTART, ResetScope
from simulator.run.outages import Outage, OutageKind, Outages
from simulator.run.outcome import Outcome
from simulator.stream.run_stream import RunStream
from simulator.verify.read_back import read_all
from simulator.wire.exchange import Exchange

COUNTED = {"joiner": "joiners", "mover": "movers", "leaver": "leavers", "group": "group_changes"}
OUTAGES: dict[str, OutageKind] = {
    "target_down": "down",
    "target_throttles": "throttled",
    "target_errors": "errors_before",
    "target_errors_after": "errors_after",
    "target_slow": "slow",
    "target_loses_replies": "loses_replies",
    "target_loses_writes": "loses_writes",
    "token_rotated": "token_refused",
    "target_killed": "killed",
}
_READ_ONLY = ("id", "meta", "groups")


class ScenarioEvents:
    """Applies events. `ask` sends requests to the target without injected faults."""

    def __init__(
        self,
        directory: Directory,
        company: Company,
        job: Job,
        outages: Outages,
        ask: Callable[[Request], Awaitable[Exchange]],
        stream: RunStream,
        outcome: Outcome,
    ) -> None:
        self._directory, self._company, self._job, self._outages = directory, company, job, outages
        self._ask, self._stream, self._outcome = ask, stream, outcome
        self._told: set[str] = set()
        self._backup: list[dict[str, Any]] = []

    async def happen(self, event: LifecycleEvent) -> None:
        """Apply one event and write its `change` event. Raises EventDoesNotFit."""
        if event.kind in IN_THE_DIRECTORY:
            apply_event(event, self._directory, self._company)
            name = COUNTED[event.kind]
            setattr(self._outcome, name, getattr(self._outcome, name) + 1)
            if event.kind == "joiner":
                self.introduce()
        elif event.kind == "provider":
            self._to_the_job(event)
        elif event.what in OUTAGES:
            lasts = parse_duration(str(event.detail.get("for", "3650d")))
            dice = random.Random(f"{event.at.isoformat()}/{event.what}")
            share = float(event.detail.get("share", 1.0))
            count = 1 if event.what == "target_killed" else event.detail.get("count")
            outage = Outage(OUTAGES[event.what], event.at + lasts, count, share, dice)
            self._outages.active.append(outage)
        elif event.what == "target_backed_up":
            self._backup = await self._read_all()
        else:
            await self._restore()
        person = None if event.person is None else self._company.object_id("person", event.person)
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

    def introduce(self) -> None:
        """Write a `person` event for each new person."""
        for user in self._directory.users.values():
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

    async def settle(self, share: float, values_of: Callable[[int], dict[str, Any]]) -> int:
        """Create a share of the people in the target with outdated data (brownfield). Returns how many were created."""
        dice, made = random.Random(f"{self._company.seed}/brownfield"), 0
        for index in range(self._company.size):
            if dice.random() < share:
                values = {**values_of(index), "title": "Before", "externalId": f"old-{index}"}
                values["userName"] = str(values["userName"]).upper()
                await self._ask(create_user(values))
                made += 1
        return made

    def _to_the_job(self, event: LifecycleEvent) -> None:
        if event.what == "job_stopped":
            self._job.stop()
        elif event.what == "job_started":
            self._job.restart([ResetScope.NONE])
        elif event.what == "deletes_allowed":
            self._job.restart([ResetScope.FORCE_DELETES])
        elif event.what == "job_restarted":
            scopes = [ResetScope(scope) for scope in event.detail.get("scopes", ())]
            self._job.restart(scopes or PORTAL_RESTART)

    async def _read_all(self) -> list[dict[str, Any]]:
        async def page(endpoint: str, start: int, count: int) -> Any:
            return (await self._ask(read_page(endpoint, start, count))).response_json()

        found = []
        for endpoint in ("/Users", "/Groups"):
            found += [{"endpoint": endpoint, **resource} for resource in await read_all(page, endpoint)]
        return found

    async def _restore(self) -> None:
        """Restore the target from its backup: later resources are deleted, changed ones get their earlier state.

        Resources that were deleted after the backup stay deleted, because SCIM cannot create a resource with a given id.
        """
        now = {str(resource["id"]): resource for resource in await self._read_all()}
        before = {str(resource["id"]): resource for resource in self._backup}
        for id_, resource in now.items():
            place = f"{resource['endpoint']}/{id_}"
            if id_ not in before:
                await self._ask(Request("DELETE", place, None, "restore"))
            elif resource != before[id_]:
                body = {name: value for name, value in before[id_].items() if name not in (*_READ_ONLY, "endpoint")}
                await self._ask(Request("PUT", place, body, "restore"))
