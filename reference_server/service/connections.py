"""Connections: a tenant's SCIM link, `scim_conn_…`, with a bearer token that is shown once and stored as a hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from reference_server.service.connection_settings import ConnectionSettings, merge_settings
from reference_server.service.tenants import Refused, Tenants, Unknown
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.tokens import cursor_key, digest_of, is_token, new_token

PROGRESS = ("watermark", "deactivation_watermark", "ticked_at")


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection as the rest of the server sees it; it never holds its token. Moments are ISO 8601 in UTC.

    Its record holds every field (since format 2 of the store), and `settings` as far as an admin chose them.
    """

    id: str
    tenant_id: str
    created_at: str
    settings: ConnectionSettings
    token_made_at: str | None  # None: revoked, no token opens it
    token_expires_at: str | None
    watermark: int  # the shadow change up to which accounts are reconciled
    deactivation_watermark: int
    ticked_at: str | None  # the last scheduled moment that was run or found to have nothing to do
    used_at: str | None  # when its token was last used, as of the last run or the last shutdown

    @property
    def me(self) -> str | None:
        return self.settings.me


class _Held(NamedTuple):
    """A record with what was worked out from it; a later record of the same connection takes its place."""

    record: Record
    digest: bytes
    connection: Connection


class Connections:
    """The connections table. The record is the truth; what follows from it is kept at hand since every request asks."""

    def __init__(self, tables: Tables, tenants: Tenants) -> None:
        self._tenants = tenants
        self._table = tables.table("connections", {"tenant": lambda record: (record["tenant_id"],)})
        self._at_hand: dict[str, _Held] = {}
        self._used_at: dict[str, datetime] = {}  # in memory: no write per request

    # ── for every request ──

    def caller(self, connection_id: str, token: bytes, now: datetime | None) -> Connection | None:
        """The connection if the token is its own and has not expired at `now` (None: whenever it expires).

        An unknown id and a wrong token cost and answer the same.
        """
        held = self._find(connection_id)
        same = is_token(token, held.digest)
        if not same or held is _NOBODY:
            return None
        ends = held.connection.token_expires_at
        if ends is not None and now is not None and datetime.fromisoformat(ends) <= now:
            return None
        return held.connection

    def note_use(self, connection_id: str, now: datetime) -> None:
        self._used_at[connection_id] = now

    def used_at(self, connection_id: str) -> str | None:
        """When the connection's token was last used (ISO 8601) as far as this process knows, or None."""
        now, stored = self._used_at.get(connection_id), self.get(connection_id).used_at
        return max(filter(None, (now.isoformat() if now else None, stored)), default=None)

    def cursor_key(self, connection_id: str) -> bytes:
        """What signs the cursors of a connection; another token, another key (RFC 9865 section 5.2)."""
        return cursor_key(self._find(connection_id).digest)

    # ── for the admin: each stages its change ──

    def create(
        self, transaction: Transaction, tenant_id: str, now: datetime, *, token: str | None = None
    ) -> tuple[Connection, str]:
        """(connection, its token, to be shown once); raises Unknown, or Refused saying which condition is missing."""
        self._tenants.check_may_connect(self._tenants.get(tenant_id))
        token = token or new_token()
        record: Record = {
            "id": f"scim_conn_{secrets.token_hex(8)}",
            "tenant_id": tenant_id,
            "created_at": now.isoformat(),
            "token_sha256": digest_of(token).hex(),
            "token_made_at": now.isoformat(),
            "token_expires_at": None,
            "watermark": 0,
            "deactivation_watermark": 0,
            "ticked_at": None,
            "used_at": None,
            "settings": {},
        }
        return self._store(transaction, record), token

    def rotate(
        self,
        transaction: Transaction,
        connection_id: str,
        now: datetime,
        *,
        token: str | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """A new token; the old one is refused from this moment on. Raises Unknown, or Refused for an end in the past."""
        if expires_at is not None and expires_at <= now:
            raise Refused("expires_at: expected a time that is still to come")
        token = token or new_token()
        made: dict[str, Any] = {"token_sha256": digest_of(token).hex(), "token_made_at": now.isoformat()}
        ends = {"token_expires_at": expires_at.isoformat() if expires_at else None}
        self._store(transaction, {**self._record(connection_id), **made, **ends})
        return token

    def revoke(self, transaction: Transaction, connection_id: str) -> Connection:
        """No token opens the connection until one is made; its people stay. Raises Unknown."""
        gone = {"token_sha256": None, "token_made_at": None, "token_expires_at": None}
        return self._store(transaction, {**self._record(connection_id), **gone})

    def change(self, transaction: Transaction, connection_id: str, wanted: dict[str, Any]) -> Connection:
        """Change some settings; raises Refused for an unknown or unfit one, Unknown for the connection.

        Other group mappings mean that everybody is looked at again by the next full run.
        """
        record = self._record(connection_id)
        settings = merge_settings(record["settings"], wanted)
        if settings.get("group_mappings") != record["settings"].get("group_mappings"):
            reached = max(record["watermark"], record["deactivation_watermark"])
            record |= {"watermark": 0, "deactivation_watermark": reached}
        return self._store(transaction, {**record, "settings": settings})

    def delete(self, transaction: Transaction, connection_id: str) -> None:
        """Stage the end of a connection; its token is refused at once. Raises Unknown."""
        transaction.remove(self._table, self._record(connection_id)["id"])
        self._at_hand.pop(connection_id, None)
        self._used_at.pop(connection_id, None)

    # ── for the sync ──

    def mark(self, transaction: Transaction, connection_id: str, **progress: Any) -> Connection:
        """Stage how far a connection is reconciled (watermark, deactivation_watermark, ticked_at)."""
        used = {"used_at": self.used_at(connection_id)}
        return self._store(transaction, {**self._record(connection_id), **progress, **used})

    def tick(self, connection_id: str, at: datetime, **reached: Any) -> None:
        """Remember in memory that a tick had nothing to do: a run that changes nothing writes nothing."""
        held = self._find(connection_id)
        ticked = replace(held.connection, ticked_at=at.isoformat(), **reached)
        self._at_hand[connection_id] = held._replace(connection=ticked)

    def mark_uses(self, transaction: Transaction) -> int:
        """Stage the times of last use that are in memory only; returns how many."""
        fresh = [held for held in self.all() if self.used_at(held.id) != held.used_at]
        for connection in fresh:
            self.mark(transaction, connection.id)
        return len(fresh)

    # ── reading ──

    def get(self, connection_id: str) -> Connection:
        """The connection; raises Unknown."""
        held = self._find(connection_id)
        if held is _NOBODY:
            raise Unknown(f"no connection {connection_id}")
        return held.connection

    def exists(self, connection_id: str) -> bool:
        return self._find(connection_id) is not _NOBODY

    def all(self) -> list[Connection]:
        return [self._hold(record).connection for record in self._table]

    def of_tenant(self, tenant_id: str) -> list[Connection]:
        return [self._hold(record).connection for record in self._table.find("tenant", tenant_id)]

    def _record(self, connection_id: str) -> Record:
        record = self._table.get(connection_id)
        if record is None:
            raise Unknown(f"no connection {connection_id}")
        connection = self.get(connection_id)  # knows of ticks that were not worth a write
        return {**record, **{name: getattr(connection, name) for name in PROGRESS}}

    def _store(self, transaction: Transaction, record: Record) -> Connection:
        transaction.put(self._table, record)
        return _connection(record)

    def _find(self, connection_id: str) -> _Held:
        record = self._table.get(connection_id)
        return _NOBODY if record is None else self._hold(record)

    def _hold(self, record: Record) -> _Held:
        held = self._at_hand.get(record["id"])
        if held is not None and (held.record is record or held.record == record):
            return held
        digest = bytes.fromhex(record["token_sha256"]) if record["token_sha256"] else secrets.token_bytes(32)
        held = self._at_hand[record["id"]] = _Held(record, digest, _connection(record))
        return held


def _connection(record: Record) -> Connection:
    held = {name: record[name] for name in Connection.__dataclass_fields__}
    return Connection(**{**held, "settings": ConnectionSettings(**record["settings"])})


# Stands in for an unknown connection: 32 bytes that no token hashes to in anybody's lifetime.
_NOBODY = _Held({}, secrets.token_bytes(32), Connection("", "", "", ConnectionSettings(), None, None, 0, 0, None, None))
