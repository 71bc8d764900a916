"""Runs the sync, one run at a time per connection, in small commits between which SCIM requests are served.

The cost of a run depends on the changes since the last one. Users are planned and written in batches. After a crash, complete
batches remain, and the next run processes the rest. A run that changes nothing writes nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from reference_server.clock import Clock
from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditEvent, AuditTrail
from reference_server.service.connections import Connection, Connections
from reference_server.storage.prefetch import is_remote
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.sync.apply import Applier
from reference_server.sync.mass_deactivation import warning
from reference_server.sync.pending import Pending
from reference_server.sync.people import PEOPLE, People
from reference_server.sync.plan import KINDS, Facts, Plan, circle, plan_run
from reference_server.sync.schedule import Tick
from reference_server.turns import count, expect_many

BATCH = 100  # users per commit: about 5 ms
REMOTE_BATCH = 400  # for a database, where a commit takes a dozen round trips, during which other requests are served
LOOK = 1_000  # users to read without writing before other requests get a turn


@dataclass(slots=True)
class Progress:
    """A run in progress, with the number of processed users and of all users."""

    trigger: str
    started_at: str
    done: int = 0
    total: int = 0


class Runner:
    """Applies shadow users to accounts."""

    def __init__(
        self,
        tables: Tables,
        connections: Connections,
        people: People,
        accounts: Accounts,
        applier: Applier,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self.people = people
        self.pending: Pending = people.pending
        self.running: dict[str, Progress] = {}  # by connection id
        self._tables = tables
        self._connections = connections
        self._accounts = accounts
        self._applier = applier
        self._audit = audit
        self._clock = clock
        self._runs = tables.table("runs", {"connection": lambda run: (run["connection_id"],)})

    # ── records ──

    def runs(self, connection_id: str, start: int = 0, count: int = 1_000) -> list[Record]:
        """A page of the records of runs that changed something, newest first."""
        total = self._runs.count("connection", connection_id)
        end = max(0, total - start)
        begin = max(0, end - count)
        return list(self._runs.find("connection", connection_id, begin, end - begin))[::-1]

    def run_count(self, connection_id: str) -> int:
        return self._runs.count("connection", connection_id)

    def audit_heads(self) -> Iterator[str]:
        """The audit chain heads in the run records, which reveal whether events were removed from the end of the chain."""
        return (run["audit_head"] for run in self._runs)

    # ── runs ──

    async def sync_now(self, connection_id: str, *, force: bool = False) -> Record:
        """Run manually, after any run in progress; `force` ignores the mass deactivation limit. Raises Unknown."""
        connection = await self._tables.read(lambda: self._connections.get(connection_id))
        return await self._run(connection, "manual", Tick(self._clock.now(), full=True), force=force)

    async def run_tick(self, connection: Connection, tick: Tick, trigger: str = "schedule") -> Record | None:
        """Run one scheduled tick. Returns None, and writes nothing, if there was nothing to do."""
        if not await self._tables.read(lambda: self._is_due(connection, tick), pauses=True):
            return None
        run = await self._run(connection, trigger, tick)
        return run if has_effect(run) else None

    def _is_due(self, connection: Connection, tick: Tick) -> bool:
        connection = self._connections.get(connection.id)
        if self.people.to_look_at(connection, tick.full):
            return True
        self._connections.tick(connection.id, tick.at)
        return False

    async def is_running(self, connection_id: str) -> bool:
        """Whether a run of the connection is in progress in any process."""
        return connection_id in self.running or await self._tables.is_held(_lock(connection_id))

    async def _run(self, connection: Connection, trigger: str, tick: Tick, *, force: bool = False) -> Record:
        async with self._tables.alone(_lock(connection.id)):
            connection = await self._tables.read(lambda: self._connections.get(connection.id))
            run: Record = {
                "id": f"run_{secrets.token_hex(8)}",
                "connection_id": connection.id,
                "trigger": trigger,
                "kind": "full" if tick.full else "deactivations",
                "started_at": self._clock.now().isoformat(),
                "status": "finished",
                "warning": None,
                **dict.fromkeys(KINDS, 0),
                "unchanged": 0,
                "conflicts": [],
            }
            progress = self.running[connection.id] = Progress(trigger, run["started_at"])
            try:
                await self._reconcile(connection, tick, run, progress, force)
            finally:
                del self.running[connection.id]
            return run

    async def _reconcile(
        self, connection: Connection, tick: Tick, run: Record, progress: Progress, force: bool
    ) -> None:
        until, ids = await self._tables.read(
            lambda: (self.people.seq(connection), self.people.to_look_at(connection, tick.full)), pauses=True
        )
        progress.total = len(ids)
        facts = self.people.facts(connection)
        run["warning"] = await self._brake(connection, ids, facts)
        if run["warning"] and connection.settings.brake == "stop" and not force:
            run.update(status="stopped", ended_at=self._clock.now().isoformat())
            await self._tables.write(lambda: self._finish_stopped(connection, tick, run))
            return
        batches = _Batches(self, self._tables, connection, facts, run, only_deactivations=not tick.full)
        size = batches.size
        for start in range(0, len(ids), size):
            await batches.take(ids[start : start + size])
            progress.done = min(start + size, len(ids))
            await asyncio.sleep(0)
        await batches.settle_deferred()
        run["ended_at"] = self._clock.now().isoformat()
        reached = {"watermark" if tick.full else "deactivation_watermark": until}
        await self._tables.write(lambda: self._finish(connection, tick, run, reached))

    async def _brake(self, connection: Connection, ids: list[str], facts: Facts) -> str | None:
        active = await self._tables.read(lambda: self._accounts.active_count(connection.id))
        leaving = 0
        for start in range(0, len(ids) if active else 0, LOOK):
            leaving += await self._tables.read(
                partial(self._leaving, connection, ids[start : start + LOOK], facts), pauses=True
            )
            await asyncio.sleep(0)
        return warning(connection.settings, leaving, active)

    def _leaving(self, connection: Connection, ids: list[str], facts: Facts) -> int:
        """The number of these users whose accounts would be deactivated."""
        self.people.prefetch(connection, ids)
        leaving = 0
        for shadow_id in ids:
            count(8)
            account = facts.linked(shadow_id)
            if account is not None and account.status == "active":
                resource = facts.shadow_of(account)
                leaving += resource is None or resource.get("active") is False
        return leaving

    def _finish(self, connection: Connection, tick: Tick, run: Record, reached: dict[str, int]) -> None:
        if not has_effect(run):
            self._connections.tick(connection.id, tick.at, **reached)
            return
        transaction = self._tables.transaction()
        self._connections.mark(transaction, connection.id, ticked_at=tick.at.isoformat(), **reached)
        self._record(transaction, connection, run)
        transaction.commit()

    def _finish_stopped(self, connection: Connection, tick: Tick, run: Record) -> None:
        """Record a run that the limit stopped. Later ticks with the same result are not recorded again."""
        self._connections.tick(connection.id, tick.at)
        last = next(iter(self.runs(connection.id, 0, 1)), None)
        if run["trigger"] != "manual" and last and (last["status"], last["warning"]) == ("stopped", run["warning"]):
            run["status"] = "still stopped"
            return
        transaction = self._tables.transaction()
        self._record(transaction, connection, run)
        transaction.commit()

    def _record(self, transaction: Transaction, connection: Connection, run: Record) -> None:
        event = AuditEvent(
            f"sync.{run['status']}",
            self._clock.now(),
            run["trigger"],
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            outcome="warning" if run["warning"] else "success",
            detail={name: run[name] for name in ("id", "kind", *KINDS, "warning") if run[name] is not None},
        )
        run["audit_head"] = self._audit.add(transaction, event)
        transaction.put(self._runs, run)

    def carry_out(self, connection: Connection, plan: Plan, run: Record) -> None:
        """Write one batch: its steps, pending users, and audit events; count them in the record of the run."""
        now = self._clock.now()
        transaction = self._tables.transaction()
        for step in plan.steps:
            count(30)
            self._applier.carry_out(transaction, connection, step, now)
        conflicts = self.pending.follow(transaction, connection.id, plan, now)
        for row in conflicts:
            person, claimed_by = f"{PEOPLE}/{row['shadow_id']}", {"claimed_by": row["claimed_by"]}
            whose = connection.tenant_id, connection.id, person
            event = AuditEvent("account.conflict", now, "sync", *whose, outcome="conflict", detail=claimed_by)
            self._audit.add(transaction, event)
        transaction.commit()
        for step in plan.steps:  # counted after the commit, because a unit can restart before it
            run[step.kind] += 1
        run["unchanged"] += len(plan.unchanged)
        run["conflicts"] += [{name: row[name] for name in ("shadow_id", "claimed_by", "email")} for row in conflicts]


class _Batches:
    """The batches of one run, and its deferred users."""

    def __init__(
        self,
        runner: Runner,
        tables: Tables,
        connection: Connection,
        facts: Facts,
        run: Record,
        *,
        only_deactivations: bool,
    ) -> None:
        self.size = REMOTE_BATCH if is_remote(runner.pending.table) else BATCH
        self._runner = runner
        self._tables = tables
        self._connection = connection
        self._facts = facts
        self._run = run
        self._only_deactivations = only_deactivations
        self._deferred: dict[str, str] = {}
        self._stuck: set[str] = set()

    async def take(self, ids: list[str], moving: frozenset[str] = frozenset()) -> Plan:
        """Plan and write some users in one unit of work without pauses."""
        plan = await self._tables.write(lambda: self._plan_and_write(ids, moving), pauses=True)
        self._stuck.update(conflict.shadow_id for conflict in plan.conflicts)
        self._deferred.update(plan.deferred)
        return plan

    def _plan_and_write(self, ids: list[str], moving: frozenset[str]) -> Plan:
        expect_many()
        people = self._runner.people
        people.prefetch(self._connection, ids)
        resources = people.resources(self._connection, ids)
        plan = plan_run(
            resources, self._facts, only_deactivations=self._only_deactivations, moving=moving, stuck=self._stuck
        )
        self._runner.carry_out(self._connection, plan, self._run)
        return plan

    async def settle_deferred(self) -> None:
        """Process deferred users: repeat while there is progress, then resolve circles, then stop deferring."""
        while self._deferred:
            waiting, self._deferred = self._deferred, {}
            plans = []
            ids = list(waiting)
            for start in range(0, len(ids), self.size):
                plans.append(await self.take(ids[start : start + self.size]))
                await asyncio.sleep(0)
            if any(plan.steps or plan.conflicts or plan.unchanged for plan in plans):
                continue
            together = circle(self._deferred)
            for shadow_id in together:
                del self._deferred[shadow_id]
            if together:
                await self.take(together, frozenset(together))
            else:
                self._stuck.update(self._deferred.values())


def _lock(connection_id: str) -> str:
    """The name of the lock of a connection's runs, which is exclusive among all processes."""
    return f"sync/{connection_id}"


def has_effect(run: Record) -> bool:
    """Whether a run changed something, found conflicts, or was stopped, so that it needs a record."""
    return run["status"] == "stopped" or any(run[kind] for kind in KINDS) or bool(run["conflicts"])
