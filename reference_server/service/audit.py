"""The audit trail: append-only, hash-chained events; names of what changed, never values, never secrets.

Each event's hash covers the hash of the one before it, so a changed, removed, swapped or inserted event breaks the chain at a
place that `verify` names. Truncation at the end shows against a head hash kept elsewhere (run records hold it).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from reference_server.storage.tables import Record, Tables, Transaction

GENESIS = "0" * 64


class AuditTrail:
    """The audit table; one event per provisioning write, token, sync, session or conflict."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.table("audit")
        last = self._table.page(len(self._table) - 1, 1) if len(self._table) else []
        self.head: str = last[0]["hash"] if last else GENESIS
        self._number = int(last[0]["id"]) if last else 0

    def add(
        self,
        transaction: Transaction,
        kind: str,
        at: datetime,
        *,
        actor: str,
        tenant_id: str | None = None,
        connection_id: str | None = None,
        resource: str | None = None,
        attributes: tuple[str, ...] = (),
        outcome: str = "success",
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Stage one event. `kind` is dotted (`user.updated`, `token.rotated`, `sync.finished`), `resource` `User/<id>`."""
        self._number += 1
        event: Record = {
            "id": f"{self._number:012d}",
            "at": at.isoformat(),
            "kind": kind,
            "actor": actor,
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "resource": resource,
            "attributes": list(attributes),
            "outcome": outcome,
        }
        if detail:
            event["detail"] = detail
        event["hash"] = self.head = _hash(self.head, event)
        transaction.put(self._table, event)

    def on_shadow_write(self, transaction: Transaction, write: Any) -> None:
        """Hook of the shadow store (a ShadowWrite): one event per resource that a provider wrote."""
        what = "created" if write.before is None else "deleted" if write.after is None else "updated"
        self.add(
            transaction,
            f"{write.resource_type.lower()}.{what}",
            write.at,
            actor="provider",
            tenant_id=write.tenant_id,
            connection_id=write.connection_id,
            resource=f"{write.resource_type}/{write.id}",
            attributes=write.attributes,
        )

    def events(
        self, *, connection_id: str | None = None, kind: str | None = None, since: str | None = None
    ) -> Iterator[Record]:
        """The events in order, narrowed by connection, kind (or its first part) and earliest time (ISO 8601)."""
        for event in self._table:
            if connection_id is not None and event["connection_id"] != connection_id:
                continue
            if kind is not None and event["kind"] != kind and not event["kind"].startswith(kind + "."):
                continue
            if since is None or event["at"] >= since:
                yield event

    def verify(self, head: str | None = None) -> str | None:
        """None for a whole chain, else one sentence naming the first broken event; `head` shows truncation as well."""
        return verify_chain(self._table, head)


def verify_chain(events: Iterator[Record] | Any, head: str | None = None) -> str | None:
    """Walk a chain of events; see AuditTrail.verify."""
    previous = GENESIS
    for number, event in enumerate(events, start=1):
        if event["id"] != f"{number:012d}":
            return f"event {event['id']}: does not follow the event before it"
        if event["hash"] != _hash(previous, {name: value for name, value in event.items() if name != "hash"}):
            return f"event {event['id']}: it or the event before it was changed after it was written"
        previous = event["hash"]
    if head is not None and head != previous:
        return "the trail ends before the given head: events at the end are missing"
    return None


def _hash(previous: str, event: Record) -> str:
    """The hash of an event that has none yet, whatever the order of its keys."""
    return hashlib.sha256(previous.encode() + orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).hexdigest()
