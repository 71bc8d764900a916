"""SCIM connections of tenants (`scim_conn_…`), with a bearer token that is shown once and stored as a hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from reference_server.service.connection_settings import ConnectionSettings, merge_settings
from reference_server.service.tenants import Invalid, Tenants, Unknown
from reference_server.storage.prefetch import prefetch
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.tokens import cursor_key, digest_of, is_token, new_token

PROGRESS = ("watermark", "deactivation_watermark", "ticked_at")


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, without its token. Times are ISO 8601 in UTC.

    Its record contains every field (since format 2 of the store); `settings` contains only the values that an admin changed.
    """

    id: str
    tenant_id: str
    created_at: str
    settings: ConnectionSettings
    token_made_at: str | None  # None: the token was revoked
    token_expires_at: str | None
    watermark: int  # the last shadow change that was synced to accounts
    deactivation_watermark: int
    ticked_at: str | None  # the last scheduled time that was processed, with or without changes
    used_at: str | None  # the last use of the token, as of the last run or shutdown

    @property
    def me(self) -> str | None:
        return self.settings.me


class _Held(NamedTuple):
    """A record with values derived from it. A later record of the same connection replaces it."""

    record: Record
    digest: bytes
    connection: Connection


class Connections:
    """The connections table. Values derived from the records are cached, because every request needs them."""

    def __init__(self, tables: Tables, tenants: Tenants) -> None:
        self._tenants = tenants
        self._table = tables.table("connections", {"tenant": lambda record: (record["tenant_id"],)})
        self._at_hand: dict[str, _Held] = {}
        self._used_at: dict[str, datetime] = {}  # in memory, to avoid a write for every request

    # ── used by every request ──

    def caller(self, connection_id: str, token: bytes, now: datetime | None) -> Connection | None:
        """The connection if the token is valid for it and has not expired at `now` (None: ignore the expiration).

        An unknown id and a wrong token take the same time and have the same result.
        """
        held = self._find(connection_id)
        same = is_token(token, held.digest)
        if not same or held is _NOBODY:
            return None
        ends = held.connection.token_expires_at
        if ends is not None and now is not None and datetime.fromisoformat(ends) <= now:
            return None
        return held.connection

    def shows_values(self, connection_id: str) -> bool:
        """Whether the audit trail of a connection contains personal data; raises Unknown."""
        return self.get(connection_id).settings.personal_data

    def note_use(self, connection_id: str, now: datetime) -> None:
        self._used_at[connection_id] = now

    def used_at(self, connection_id: str) -> str | None:
        """The time of the last use of the token (ISO 8601) that this process knows of, or None."""
        now, connection = self._used_at.get(connection_id), self.get(connection_id)
        used = max(filter(None, (now.isoformat() if now else None, connection.used_at)), default=None)
        # Another process may remember a use of the previous token.
        return None if used and connection.token_made_at and used < connection.token_made_at else used

    def cursor_key(self, connection_id: str) -> bytes:
        """The key that signs the cursors of a connection. It changes with the token (RFC 9865 section 5.2)."""
        return cursor_key(self._find(connection_id).digest)

    # ── used by the admin; each method stages its change ──

    def create(
        self, transaction: Transaction, tenant_id: str, now: datetime, *, token: str | None = None
    ) -> tuple[Connection, str]:
        """(new connection, its token); raises Unknown, or Refused with the missing condition."""
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
        """Create a token that replaces the old one immediately. Raises Unknown, or Invalid for an expiration in the past."""
        if expires_at is not None and expires_at <= now:
            raise Invalid("expires_at: expected a time in the future")
        token = token or new_token()
        made: dict[str, Any] = {"token_sha256": digest_of(token).hex(), "token_made_at": now.isoformat()}
        ends = {"token_expires_at": expires_at.isoformat() if expires_at else None, "used_at": None}
        self._store(transaction, {**self._record(connection_id), **made, **ends})
        self._used_at.pop(connection_id, None)
        return token

    def revoke(self, transaction: Transaction, connection_id: str) -> Connection:
        """Revoke the token. The connection rejects all requests until there is a new one; its users remain. Raises Unknown."""
        gone = {"token_sha256": None, "token_made_at": None, "token_expires_at": None}
        return self._store(transaction, {**self._record(connection_id), **gone})

    def change(self, transaction: Transaction, connection_id: str, wanted: dict[str, Any]) -> Connection:
        """Change settings; raises Invalid for an unknown setting or an invalid value, Unknown for an unknown connection.

        After a change of the group mappings, the next full run processes all users again.
        """
        record = self._record(connection_id)
        settings = merge_settings(record["settings"], wanted)
        if settings.get("group_mappings") != record["settings"].get("group_mappings"):
            reached = max(record["watermark"], record["deactivation_watermark"])
            record |= {"watermark": 0, "deactivation_watermark": reached}
        return self._store(transaction, {**record, "settings": settings})

    def delete(self, transaction: Transaction, connection_id: str) -> None:
        """Stage the deletion of a connection, which invalidates its token immediately. Raises Unknown."""
        transaction.remove(self._table, self._record(connection_id)["id"])
        self._at_hand.pop(connection_id, None)
        self._used_at.pop(connection_id, None)

    # ── used by the sync ──

    def mark(self, transaction: Transaction, connection_id: str, **progress: Any) -> Connection:
        """Stage the progress of the sync of a connection (watermark, deactivation_watermark, ticked_at)."""
        used = {"used_at": self.used_at(connection_id)}
        return self._store(transaction, {**self._record(connection_id), **progress, **used})

    def tick(self, connection_id: str, at: datetime, **reached: Any) -> None:
        """Remember in memory that a tick had nothing to do, because a run that changes nothing writes nothing."""
        held = self._find(connection_id)
        ticked = replace(held.connection, ticked_at=at.isoformat(), **reached)
        self._at_hand[connection_id] = held._replace(connection=ticked)

    def mark_uses(self, transaction: Transaction) -> int:
        """Stage the times of last use that are only in memory; returns their number."""
        fresh = [held for held in self.all() if self.used_at(held.id) != held.used_at]
        for connection in fresh:
            self.mark(transaction, connection.id)
        return len(fresh)

    # ── reading ──

    def get(self, connection_id: str) -> Connection:
        """The connection; raises Unknown."""
        held = self._find(connection_id)
        if held is _NOBODY:
            raise Unknown(f"connection {connection_id} does not exist")
        return held.connection

    def announce(self, connection_id: str) -> None:
        """Announce that the connection will be read."""
        prefetch(self._table, (connection_id,))

    def exists(self, connection_id: str) -> bool:
        return self._find(connection_id) is not _NOBODY

    def all(self) -> list[Connection]:
        return [self._hold(record).connection for record in self._table]

    def of_tenant(self, tenant_id: str) -> list[Connection]:
        return [self._hold(record).connection for record in self._table.find("tenant", tenant_id)]

    def _record(self, connection_id: str) -> Record:
        record = self._table.get(connection_id)
        if record is None:
            raise Unknown(f"connection {connection_id} does not exist")
        connection = self.get(connection_id)  # contains ticks that were not written
        return {**record, **{name: getattr(connection, name) for name in PROGRESS}}

    def _store(self, transaction: Transaction, record: Record) -> Connection:
        transaction.put(self._table, record)
        return _connection(record)

    def _find(self, connection_id: str) -> _Held:
        record, held = self._table.get(connection_id), self._at_hand.get(connection_id)
        if held is not None and held.record is record:
            return held
        return _NOBODY if record is None else self._hold(record)

    def _hold(self, record: Record) -> _Held:
        held = self._at_hand.get(record["id"])
        if held is not None and held.record == record:
            return held
        digest = bytes.fromhex(record["token_sha256"]) if record["token_sha256"] else secrets.token_bytes(32)
        held = self._at_hand[record["id"]] = _Held(record, digest, _connection(record))
        return held


def _connection(record: Record) -> Connection:
    held = {name: record[name] for name in Connection.__dataclass_fields__}
    return Connection(**{**held, "settings": ConnectionSettings(**record["settings"])})


# Used for an unknown connection: 32 bytes that are practically never the hash of a token.
_NOBODY = _Held({}, secrets.token_bytes(32), Connection("", "", "", ConnectionSettings(), None, None, 0, 0, None, None))
