"""The audit trail: append-only, hash-chained events with the names of changed attributes, and values only on request.

The hash of each event covers the hash of the previous one, so a changed, removed, swapped, or inserted event breaks the chain
at a place that `verify` names. Events that were removed from the end are detected by comparison with recorded head hashes:
each run record contains one, and auditors can keep their own.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import orjson

from reference_server.storage.prefetch import expect_new, is_remote, prefetch_last
from reference_server.storage.tables import Record, Tables, Transaction

# "schedule", "catch-up", and "manual" are triggers of sync runs; "unknown" is a client without a valid admin token.
Actor = Literal["provider", "sync", "schedule", "catch-up", "manual", "admin", "user", "first start", "unknown"]
ACTORS: tuple[str, ...] = get_args(Actor)
GENESIS = "0" * 64
SLICE = 500  # events to process before other requests get a turn: about 3 ms


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Selects events; empty fields match all. `kind` is a kind or its first part, `resource` a resource or its end."""

    connection_id: str | None = None
    kind: str | None = None
    actor: str | None = None
    resource: str | None = None
    outcome: str | None = None
    since: str | None = None  # ISO 8601, inclusive
    until: str | None = None  # ISO 8601, exclusive

    def takes(self, event: Mapping[str, Any]) -> bool:
        """Whether the filter selects an event."""
        return (
            (self.connection_id is None or event["connection_id"] == self.connection_id)
            and (self.kind is None or event["kind"] == self.kind or event["kind"].startswith(self.kind + "."))
            and (self.actor is None or event["actor"] == self.actor)
            and (self.outcome is None or event["outcome"] == self.outcome)
            and (self.resource is None or (event["resource"] or "").endswith(self.resource))
            and (self.since is None or event["at"] >= self.since)
            and (self.until is None or event["at"] < self.until)
        )


class AuditEvent(NamedTuple):
    """An event to record. `kind` has the form `user.updated`, `token.rotated`, or `sync.finished`; `resource` is `User/<id>`."""

    kind: str
    at: datetime
    actor: Actor
    tenant_id: str | None = None
    connection_id: str | None = None
    resource: str | None = None
    attributes: tuple[str, ...] = ()  # the names of the changed attributes
    outcome: str = "success"
    detail: dict[str, Any] | None = None

    def to_record(self) -> Record:
        """The stored form, without its id and its hash."""
        record: Record = {
            "id": "",
            "at": _iso(self.at),
            "kind": self.kind,
            "actor": self.actor,
            "tenant_id": self.tenant_id,
            "connection_id": self.connection_id,
            "resource": self.resource,
            "attributes": list(self.attributes),
            "outcome": self.outcome,
        }
        if self.detail:
            record["detail"] = self.detail
        return record


def _iso(moment: datetime) -> str:
    """The same text as `moment.isoformat()`, in a third of the time."""
    return orjson.dumps(moment, default=datetime.isoformat)[1:-1].decode()


class AuditTrail:
    """The audit table, with one event for each provisioning write, token, sync, session, and conflict."""

    def __init__(self, tables: Tables, shows_values: Callable[[str], bool] = lambda connection_id: False) -> None:
        self.table = tables.table("audit", keep_json=True)
        self._is_remote = is_remote(self.table)
        self._tables = tables
        self._shows_values = shows_values
        self._transaction: Transaction | None = None
        self._newest: Record | None = None  # the last event that the transaction staged

    @property
    def head(self) -> str:
        """The hash of the newest event, which auditors can record elsewhere."""
        newest = self.table.last()
        return newest["hash"] if newest else GENESIS

    @property
    def newest_id(self) -> str:
        """The id of the newest event; empty if there is none."""
        newest = self.table.last()
        return newest["id"] if newest else ""

    def after(self, event_id: str, count: int) -> list[Record]:
        """Up to `count` events after the one with this id, or from the first one on if there is no such event."""
        return self.table.page_after(self.table.position(event_id), count)

    def add(self, transaction: Transaction, event: AuditEvent) -> str:
        """Stage one event and return the new head."""
        if event.actor not in ACTORS:  # the page and the OpenAPI document offer those that exist
            raise ValueError(f"{event.actor}: unknown actor; expected one of {', '.join(ACTORS)}")
        return self._append(transaction, event.to_record())

    def _append(self, transaction: Transaction, record: Record) -> str:
        """Stage one event in its stored form, which gets its id and its hash."""
        if transaction is not self._transaction:
            self._transaction, self._newest = transaction, self.table.last()
        number, head = (int(self._newest["id"]) + 1, self._newest["hash"]) if self._newest else (1, GENESIS)
        record["id"] = f"{number:012d}"
        made = record["hash"] = _hash(head, record)
        self._newest = record
        if self._is_remote:
            expect_new(self.table, record["id"])
        transaction.put(self.table, record)
        return made

    def announce(self, _connection_id: str) -> None:
        """Announce what `on_shadow_write` reads."""
        prefetch_last(self.table)

    def on_shadow_write(self, transaction: Transaction, write: Any) -> None:
        """A hook of the shadow store (ShadowWrite) that records one event for each resource that a provider wrote."""
        what = "created" if write.before is None else "deleted" if write.after is None else "updated"
        record: Record = {  # as `AuditEvent.to_record` makes it
            "id": "",
            "at": write.at_text,
            "kind": f"{write.resource_type.lower()}.{what}",
            "actor": "provider",
            "tenant_id": write.tenant_id,
            "connection_id": write.connection_id,
            "resource": f"{write.resource_type}/{write.id}",
            "attributes": list(write.attributes),
            "outcome": "success",
        }
        if self._shows_values(write.connection_id):
            detail = changes(write.attributes, write.before or {}, write.after or {})
            if detail:
                record["detail"] = detail
        self._append(transaction, record)

    def shows_values(self, connection_id: str) -> bool:
        """Whether an admin turned on personal data for a connection."""
        return self._shows_values(connection_id)

    def events(self, wanted: AuditFilter | None = None) -> Iterator[Record]:
        """The events in order."""
        return (event for event in self.table if wanted is None or wanted.takes(event))

    async def newest(self, wanted: AuditFilter, start: int, count: int) -> tuple[list[Record], bool]:
        """(a page of events, newest first, from index `start`; whether there are more). Pauses for other requests."""
        found: list[Record] = []
        end = await self._tables.read(lambda: len(self.table))
        while end > 0 and len(found) <= start + count:
            begin = max(0, end - SLICE)
            events = await self._tables.read(partial(self.table.page, begin, end - begin))
            found += [event for event in reversed(events) if wanted.takes(event)]
            end = begin
            await asyncio.sleep(0)
        return found[start : start + count], len(found) > start + count

    async def slices(self) -> AsyncIterator[list[Record]]:
        """The current events in order, in batches. Pauses for other requests."""
        start, count = 0, await self._tables.read(lambda: len(self.table))
        while start < count:
            yield await self._tables.read(partial(self.table.page, start, min(SLICE, count - start)))
            start += SLICE
            await asyncio.sleep(0)

    async def verify(self, heads: Iterable[str] = ()) -> str | None:
        """None if the chain is intact and contains `heads`, else a description of the first broken event."""
        chain = Chain(heads)
        async for events in self.slices():
            for event in events:
                broken = chain.follow(event)
                if broken:
                    return broken
        return chain.end()


def changes(names: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """Old and new values by attribute name, for connections that show personal data."""
    found = {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
    return {"changes": found} if found else None


class Chain:
    """The state of a verification: the expected next event, and the heads that were not found yet."""

    def __init__(self, heads: Iterable[str]) -> None:
        self._previous = GENESIS
        self._number = 0
        self._heads = {head for head in heads if head != GENESIS}

    def follow(self, event: Record) -> str | None:
        self._number += 1
        if event.get("id") != f"{self._number:012d}":
            return f"event {self._number:012d} is missing or was moved; event {event.get('id')} is in its place"
        if event.get("hash") != _hash(self._previous, {key: event[key] for key in event if key != "hash"}):
            return f"event {event['id']} or the event before it was modified after it was written"
        self._previous = event["hash"]
        self._heads.discard(self._previous)
        return None

    def end(self) -> str | None:
        if self._heads:
            return f"event {self._number + 1:012d} is missing; the trail ends before a recorded head hash"
        return None


def _hash(previous: str, event: Record) -> str:
    """The hash of an event without its `hash` field, independent of the order of its keys."""
    return hashlib.sha256(previous.encode() + orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).hexdigest()
