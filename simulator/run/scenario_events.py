"""Applies the events of a scenario to the directory, the job, or the target, and writes each to the stream."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.entra.requests import create_user
from simulator.lifecycle.durations import parse_duration
from simulator.lifecycle.lifecycle_events import IN_THE_DIRECTORY, LifecycleEvent, apply_event
from simulator.provisioning.request import Request
from simulator.run.administrator import Administrator
from simulator.run.backup import Backup
from simulator.run.outages import Outage, OutageKind, Outages
from simulator.run.outcome import Outcome
from simulator.stream.run_stream import RunStream
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


class ScenarioEvents:
    """Applies events."""

    def __init__(
        self,
        directory: Directory,
        company: Company,
        administrator: Administrator,
        outages: Outages,
        backup: Backup,
        stream: RunStream,
        outcome: Outcome,
    ) -> None:
        self._directory, self._company, self._outages = directory, company, outages
        self._administrator = administrator
        self._backup, self._stream, self._outcome = backup, stream, outcome
        self._told: set[str] = set()

    async def happen(self, event: LifecycleEvent) -> None:
        """Apply one event and write its `change` event. Raises EventDoesNotFit."""
        if event.kind in IN_THE_DIRECTORY:
            self._directory.defer(event.at, self._directory.replication_lag, partial(self._apply, event))
            name = COUNTED[event.kind]
            setattr(self._outcome, name, getattr(self._outcome, name) + 1)
        elif event.kind == "provider":
            await self._administrator.act(event)
        elif event.what in OUTAGES:
            lasts = parse_duration(str(event.detail.get("for", "3650d")))
            dice = random.Random(f"{event.at.isoformat()}/{event.what}")
            share = float(event.detail.get("share", 1.0))
            count = 1 if event.what == "target_killed" else event.detail.get("count")
            outage = Outage(OUTAGES[event.what], event.at + lasts, count, share, dice)
            self._outages.active.append(outage)
        elif event.what == "target_backed_up":
            await self._backup.take()
        else:
            await self._backup.restore()
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

    def _apply(self, event: LifecycleEvent) -> None:
        apply_event(event, self._directory, self._company)
        if event.kind == "joiner":
            self.introduce()

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

    async def settle(
        self,
        share: float,
        values_of: Callable[[int], dict[str, Any]],
        ask: Callable[[Request], Awaitable[Exchange]],
    ) -> int:
        """Create a share of the people in the target with outdated data (brownfield). Returns how many were created.

        `ask` reaches the target without injected faults.
        """
        dice, made = random.Random(f"{self._company.seed}/brownfield"), 0
        for index in range(self._company.size):
            if dice.random() < share:
                values = {**values_of(index), "title": "Before", "externalId": f"old-{index}"}
                values["userName"] = str(values["userName"]).upper()
                await ask(create_user(values))
                made += 1
        return made
