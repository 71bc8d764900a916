"""Cycles: initial and incremental, in Entra's documented order (entra.md 2.2, 2.3), one request after the other.

Sequential on purpose: the same directory and the same answers give the same requests in the same order.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.directory.directory import Directory, DirectoryUser
from simulator.entra import requests
from simulator.entra.escrow import Escrows
from simulator.entra.mapping import default_mapping, differences, value_at
from simulator.entra.outcome import Failed, expect, listed, resource_of
from simulator.entra.references import References
from simulator.entra.requests import Dialect, Request
from simulator.entra.scoping import is_assigned, is_in_scope, source_of
from simulator.wire.exchange import Exchange

Send = Callable[[Request, dict[str, str]], Awaitable[Exchange]]

_PROBE_NAMESPACE = uuid.UUID("b1a7f4f4-51d0-4a5d-9f0a-3d2c8e7b6a10")


@dataclass(slots=True)
class Entry:
    """One line of the provisioning log, in short form."""

    action: str
    status: str
    person: str | None = None
    group: str | None = None
    error_code: str | None = None
    reason: str = ""


@dataclass(slots=True)
class CycleReport:
    """What a cycle did; `imported` objects were looked at, `exported` written, the rest skipped, failed or escrowed."""

    number: int
    kind: str
    at: datetime
    imported: int = 0
    exported: int = 0
    skipped: int = 0
    failed: int = 0
    escrowed: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


class ConnectionTestFailed(Exception):
    """The probe at the start of an activity failed: the job would be quarantined. Holds the exchange."""

    def __init__(self, message: str, exchange: Exchange) -> None:
        super().__init__(message)
        self.exchange = exchange


class Provisioning:
    """One provisioning job: the durable links to the target, the watermark, what is in escrow."""

    def __init__(self, directory: Directory, send: Send, *, seed: int, dialect: Dialect = Dialect.DEFAULT) -> None:
        self.directory = directory
        self.dialect = dialect
        self.users: dict[str, str] = {}  # object id → target id
        self.groups: dict[str, str] = {}
        self.managed: dict[str, None] = {}  # users in scope once and not unassigned since
        self.released: dict[str, str] = {}  # target id → name of users that are no longer ours, left inactive
        self.relinked = False  # a link was replaced in this cycle
        self.looked_at: list[str] = []  # the users of this cycle
        self.watermark: int | None = None
        self.escrows = Escrows()
        self._send_request = send
        self._seed = seed
        self._probes = 0
        self._report = CycleReport(0, "none", datetime.min.replace(tzinfo=UTC))
        self._references = References(self)

    async def run_cycle(self, at: datetime) -> CycleReport:
        """One pass; raises ConnectionTestFailed when the probes are not answered as they must be."""
        number = self._report.number + 1
        initial = self.watermark is None
        self._report = report = CycleReport(number, "initial" if initial else "incremental", at)
        await self._probe()
        watermark = self.directory.log.watermark
        users, groups = self._changed(at)
        report.imported = len(users) + len(groups)
        self.relinked = False
        self.looked_at = users
        for object_id in users:
            await self._guarded("user", object_id, self._user(object_id))
        for object_id in users:
            if object_id in self.users and object_id in self.managed:
                await self._guarded("manager", object_id, self._references.manager(object_id))
        for object_id in groups:
            await self._guarded("group", object_id, self._group(object_id))
        for object_id in groups:
            if object_id in self.groups and object_id in self.directory.groups:
                await self._guarded("members", object_id, self._references.members(object_id))
        self.watermark = watermark
        report.escrowed = len(self.escrows)
        return report

    async def send(self, request: Request, **cause: str) -> Exchange:
        """Send one request of this cycle and count it."""
        counts = self._report.requests
        counts[request.operation] = counts.get(request.operation, 0) + 1
        return await self._send_request(request, {"cycle": str(self._report.number), **cause})

    # ── what is to be looked at ──

    def _changed(self, at: datetime) -> tuple[list[str], list[str]]:
        if self.watermark is None:
            return list(self.directory.users), list(self.directory.groups)
        users: dict[str, None] = {}
        groups: dict[str, None] = {}
        for change in self.directory.log.since(self.watermark):
            (users if change.kind == "user" else groups)[change.object_id] = None
            if change.kind == "group" and change.what == "members":
                users.update(dict.fromkeys(change.attributes))  # who came or went may have entered or left scope
        for kind, object_id in self.escrows.due(at):
            (users if kind in ("user", "manager") else groups)[object_id] = None
        users = {object_id: None for object_id in users if object_id not in self.directory.groups}
        return list(users), list(groups)

    async def _probe(self) -> None:
        """Look up somebody who does not exist, as at the start of every activity (1.1)."""
        for probe in (requests.probe_user, requests.probe_group):
            self._probes += 1
            guid = str(uuid.uuid5(_PROBE_NAMESPACE, f"{self._seed}/{self._probes}"))
            exchange = await self.send(probe(guid))
            try:
                listed(exchange)
            except Failed as failure:
                raise ConnectionTestFailed(failure.reason, exchange) from None

    async def _guarded(self, kind: str, object_id: str, work: Awaitable[Entry | None]) -> None:
        """Do one object's work; a failure goes to the log and to escrow, the cycle goes on."""
        place = {"group": object_id} if kind in ("group", "members") else {"person": object_id}
        try:
            entry = await work
        except Failed as failure:
            self._report.failed += 1
            self._report.entries.append(Entry("Other", "Failure", None, None, failure.code, failure.reason))
            self._report.entries[-1].person = place.get("person")
            self._report.entries[-1].group = place.get("group")
            self.escrows.add((kind, object_id), self._report.at, transient=failure.transient)
            return
        self.escrows.done((kind, object_id))
        if kind in ("manager", "members") and self._references.held_back:
            # In scope but not exported yet: held back and tried again (2.7).
            self.escrows.add((kind, object_id), self._report.at, transient=True)
        if entry is None:
            self._report.skipped += kind in ("user", "group")
            return
        entry.person, entry.group = place.get("person"), place.get("group")
        self._report.exported += 1
        self._report.entries.append(entry)

    # ── users ──

    async def _user(self, object_id: str) -> Entry | None:
        user = self.directory.users.get(object_id)
        if user is None:
            return await self._purged(object_id)
        wanted = is_in_scope(self.directory, user)
        if object_id not in self.users:
            return await self._match_or_create(user) if wanted else None
        if wanted:
            self.managed[object_id] = None
            self.released.pop(self.users[object_id], None)
        elif object_id not in self.managed:
            return None  # unassigned earlier: no longer ours (4.3)
        entry = await self._update(user)
        if not is_assigned(self.directory, object_id) and object_id in self.users:
            self.managed.pop(object_id, None)
            self.released[self.users[object_id]] = user.name
        return entry

    async def _purged(self, object_id: str) -> Entry | None:
        target_id = self.users.pop(object_id, None)
        if target_id is None or object_id not in self.managed:
            return None
        del self.managed[object_id]
        exchange = await self.send(requests.delete_user(target_id), person=object_id)
        expect(exchange, 200, 204, 404)  # gone is what was wanted (6.4)
        return Entry("Delete", "Success")

    async def _match_or_create(self, user: DirectoryUser) -> Entry | None:
        values = default_mapping("user").projected(source_of(self.directory, user))
        found = await self._match(user, values)
        if found is not None:
            self.users[user.object_id] = found["id"]
            self.managed[user.object_id] = None
            self.released.pop(found["id"], None)
            return await self._write(user, found, values)
        exchange = await self.send(requests.create_user(values), person=user.object_id)
        expect(exchange, 200, 201)
        created = resource_of(exchange)
        self.users[user.object_id] = created["id"]
        self.managed[user.object_id] = None
        self._references.saw_manager(user.object_id, created)
        return Entry("Create", "Success")

    async def _match(self, user: DirectoryUser, values: dict[str, Any]) -> dict[str, Any] | None:
        for row in default_mapping("user").matching:
            value = values.get(row.target)
            if value is None:
                continue
            exchange = await self.send(requests.match_user(row.target, str(value)), person=user.object_id)
            hits = listed(exchange)
            if len(hits) > 1:
                raise Failed("DuplicateTargetEntries", f"{len(hits)} users match {row.target}", exchange)
            if hits:
                return _with_id(hits[0], exchange)
        return None

    async def _update(self, user: DirectoryUser) -> Entry | None:
        values = default_mapping("user").projected(source_of(self.directory, user))
        exchange = await self.send(requests.read_user(self.users[user.object_id]), person=user.object_id)
        if exchange.status == 404:
            # A clean 404: the link is dropped and matching starts over (6.4).
            del self.users[user.object_id]
            self.relinked = True
            if is_in_scope(self.directory, user):
                return await self._match_or_create(user)
            return None
        expect(exchange, 200)
        return await self._write(user, resource_of(exchange), values)

    async def _write(self, user: DirectoryUser, resource: dict[str, Any], values: dict[str, Any]) -> Entry | None:
        self._references.saw_manager(user.object_id, resource)
        changes = differences(values, resource)
        if not changes:
            return None  # RedundantExport
        request = requests.update_user(self.users[user.object_id], changes, self.dialect)
        exchange = await self.send(request, person=user.object_id)
        expect(exchange, 200, 204)
        return Entry("Disable" if request.operation == "disable user" else "Update", "Success")

    # ── groups ──

    async def _group(self, object_id: str) -> Entry | None:
        group = self.directory.groups.get(object_id)
        target_id = self.groups.get(object_id)
        if group is None or not (self.directory.sync_all or object_id in self.directory.assigned):
            if target_id is None:
                return None
            expect(await self.send(requests.delete_group(target_id), group=object_id), 200, 204, 404)
            self.groups.pop(object_id)
            self._references.forget(object_id)
            return Entry("Delete", "Success")
        values = default_mapping("group").projected(group.attributes)
        if target_id is None:
            return await self._match_or_create_group(object_id, values)
        exchange = await self.send(requests.read_group(target_id), group=object_id)
        if exchange.status == 404:
            del self.groups[object_id]
            self._references.forget(object_id)
            return await self._match_or_create_group(object_id, values)
        expect(exchange, 200)
        if value_at(resource_of(exchange), "displayName") == values["displayName"]:
            return None
        request = requests.rename_group(target_id, values["displayName"], self.dialect)
        expect(await self.send(request, group=object_id), 200, 204)
        return Entry("Update", "Success")

    async def _match_or_create_group(self, object_id: str, values: dict[str, Any]) -> Entry | None:
        exchange = await self.send(requests.match_group("displayName", values["displayName"]), group=object_id)
        hits = listed(exchange)
        if len(hits) > 1:
            raise Failed("DuplicateTargetEntries", f"{len(hits)} groups match displayName", exchange)
        if hits:
            self.groups[object_id] = _with_id(hits[0], exchange)["id"]
            return None
        exchange = await self.send(requests.create_group(object_id, values["displayName"]), group=object_id)
        expect(exchange, 200, 201)
        self.groups[object_id] = resource_of(exchange)["id"]
        return Entry("Create", "Success")


def _with_id(resource: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
    if not isinstance(resource.get("id"), str):
        raise Failed("SystemForCrossDomainIdentityManagementServiceIncompatible", "a match without id", exchange)
    return resource
