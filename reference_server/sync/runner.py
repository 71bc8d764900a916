"""Runs of the sync: one at a time per connection, by hand or by the schedule, caught up once, each with its record."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from reference_server.clock import Clock
from reference_server.service.access import granted
from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail
from reference_server.service.connections import Connection, Connections
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.sync.apply import Applier
from reference_server.sync.plan import Facts, Plan, plan_run
from reference_server.sync.schedule import Tick, is_open, next_tick, ticks_between

PEOPLE = "User"  # the resource type that becomes accounts


class Runner:
    """Reconciles shadow users into accounts; costs what changed since the last run."""

    def __init__(
        self,
        tables: Tables,
        connections: Connections,
        shadow: Shadow,
        accounts: Accounts,
        applier: Applier,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._shadow = shadow
        self._accounts = accounts
        self._applier = applier
        self._audit = audit
        self._clock = clock
        self._runs = tables.table("runs", {"connection": lambda run: (run["connection_id"],)})
        self._locks: dict[str, asyncio.Lock] = {}

    def runs(self, connection_id: str) -> list[Record]:
        """The records of the runs that did something, oldest first."""
        return list(self._runs.find("connection", connection_id))

    async def sync_now(self, connection_id: str, *, force: bool = False) -> dict[str, Any]:
        """A manual run, at any time; `force` releases the brake. Raises Unknown."""
        connection = self._connections.get(connection_id)
        return await self._run(connection, "manual", Tick(self._clock.now(), full=True), force=force)

    async def run_tick(self, connection: Connection, tick: Tick, trigger: str = "schedule") -> dict[str, Any] | None:
        """One scheduled moment; None when there was nothing to do, and then nothing was written."""
        scope = self._shadow.scope(connection.id, connection.tenant_id)
        done = connection.watermark
        if not tick.full:
            done = max(done, connection.deactivation_watermark)
        if scope.order.seq <= done:
            self._connections.tick(connection.id, tick.at)
            return None
        return await self._run(connection, trigger, tick)

    async def catch_up(self, connection: Connection, now: datetime) -> dict[str, Any] | None:
        """Run what fell due up to `now`: once, however many ticks were missed, and only inside the window."""
        last = datetime.fromisoformat(connection.ticked_at or connection.created_at)
        due = ticks_between(connection.settings, last, now)
        if not due or not is_open(connection.settings, now):
            if due:
                self._connections.tick(connection.id, due[-1].at)
            return None
        trigger = "schedule" if len(due) == 1 else "catch-up"
        return await self.run_tick(connection, Tick(due[-1].at, any(tick.full for tick in due)), trigger)

    async def keep_schedule(self) -> None:
        """Run ticks for ever on the real clock; survives clocks that jump and machines that sleep."""
        while True:
            now = self._clock.now()
            for connection in self._connections.all():
                await self.catch_up(connection, now)
            await self._clock.sleep_until(self._next_moment(now))

    def due_between(self, after: datetime, until: datetime) -> list[tuple[Tick, str]]:
        """(tick, connection id) of every connection, in order of time: what a virtual clock must run on its way."""
        due = [
            (tick, connection.id)
            for connection in self._connections.all()
            for tick in ticks_between(connection.settings, after, until)
        ]
        return sorted(due, key=lambda item: (item[0].at, item[1]))

    def _next_moment(self, now: datetime) -> datetime:
        moments = [next_tick(connection.settings, now).at for connection in self._connections.all()]
        return min(moments, default=now.replace(microsecond=0, second=59))

    # ── one run ──

    async def _run(self, connection: Connection, trigger: str, tick: Tick, *, force: bool = False) -> dict[str, Any]:
        lock = self._locks.setdefault(connection.id, asyncio.Lock())
        async with lock:
            connection = self._connections.get(connection.id)
            started = self._clock.now()
            scope = self._shadow.scope(connection.id, connection.tenant_id)
            until = scope.order.seq
            plan = self._plan(connection, scope, tick)
            run: dict[str, Any] = {
                "id": f"run_{secrets.token_hex(8)}",
                "connection_id": connection.id,
                "trigger": trigger,
                "kind": "full" if tick.full else "deactivations",
                "started_at": started.isoformat(),
                "status": "finished",
                "unchanged": plan.unchanged,
                "conflicts": [
                    {"shadow_id": c.shadow_id, "claimed_by": c.claimed_by, "email": c.email} for c in plan.conflicts
                ],
            }
            brake = connection.settings.brake_users
            leaving = sum(1 for step in plan.steps if step.kind == "deactivated")
            if brake is not None and leaving > brake and not force:
                return {
                    **run,
                    "status": "stopped",
                    "reason": f"{leaving} people would be deactivated; the brake is {brake}",
                }

            def finish(transaction: Transaction, counts: dict[str, int]) -> None:
                run.update(counts, ended_at=self._clock.now().isoformat())
                progress: dict[str, Any] = {"ticked_at": tick.at.isoformat()}
                progress["watermark" if tick.full else "deactivation_watermark"] = until
                self._connections.mark(transaction, connection.id, **progress)
                if plan.steps or plan.conflicts:
                    self._record(transaction, connection, run)

            await self._applier.apply(connection, plan, started, finish)
            return run

    def _plan(self, connection: Connection, scope: Scope, tick: Tick) -> Plan:
        done = connection.watermark
        if not tick.full:
            done = max(done, connection.deactivation_watermark)
        users = scope.resources[PEOPLE]
        facts = Facts(
            linked=lambda shadow_id: self._accounts.linked(connection.id, shadow_id),
            by_email=lambda email: self._accounts.by_email(connection.tenant_id, email),
            exists=lambda shadow_id: shadow_id in users,
            grants=lambda shadow_id: self._grants(connection, scope, shadow_id),
        )
        changed: list[tuple[str, Any]] = []
        for id_ in self._people(scope, done):
            record = users.get(id_)
            changed.append((id_, record["resource"] if record else None))
        return plan_run(changed, facts, only_deactivations=not tick.full)

    def _people(self, scope: Scope, done: int) -> Iterable[str]:
        """The ids of people who changed, or whose groups did."""
        found: dict[str, None] = {}
        for change in self._shadow.changes_since(scope, done):
            if change.resource_type == PEOPLE:
                found[change.id] = None
            elif change.resource is not None:
                rtype = self._shadow.types.by_name[change.resource_type]
                for name, member in self._shadow.members(scope, rtype, change.id):
                    if name == PEOPLE:
                        found[member] = None
        return found

    def _grants(self, connection: Connection, scope: Scope, shadow_id: str) -> dict[str, list[str]]:
        mappings = connection.settings.group_mappings
        if not mappings:
            return granted((), None)
        return granted(self._shadow.groups_of(scope, self._shadow.types.by_name[PEOPLE], shadow_id), mappings)

    def _record(self, transaction: Transaction, connection: Connection, run: dict[str, Any]) -> None:
        for conflict in run["conflicts"]:
            self._audit.add(
                transaction,
                "account.conflict",
                self._clock.now(),
                actor="sync",
                tenant_id=connection.tenant_id,
                connection_id=connection.id,
                resource=f"{PEOPLE}/{conflict['shadow_id']}",
                outcome="conflict",
                detail={"claimed_by": conflict["claimed_by"]},
            )
        self._audit.add(
            transaction,
            "sync.finished",
            self._clock.now(),
            actor=run["trigger"],
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            detail={name: run[name] for name in ("id", "kind", "created", "updated", "reactivated", "deactivated")},
        )
        transaction.put(self._runs, {**run, "audit_head": self._audit.head})
