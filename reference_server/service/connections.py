"""Connections: a tenant's SCIM link, `scim_conn_…`, with a bearer token that is shown once and stored as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reference_server.service.tenants import Refused, Tenants, Unknown
from reference_server.storage.tables import Record, Tables, Transaction

TOKEN_PREFIX = "scim_tok_"  # lets secret scanners find a leaked one
DEPROVISIONING = ("immediate", "on_sync")


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What an admin may choose per connection; minutes and hours are UTC, both ends of the window included."""

    deprovisioning: str = "immediate"  # access goes with the SCIM write; on_sync: everything waits for the schedule
    sync_every_minutes: int = 60
    deactivate_every_minutes: int = 15
    window_start_hour: int = 6
    window_end_hour: int = 18
    brake_users: int | None = None  # a run that would deactivate more stops and asks; None: off
    group_mappings: dict[str, dict[str, list[str]]] | None = None  # group id or name → roles, sites, boards
    me: str | None = None  # the user that /Me stands for


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection as the rest of the server sees it; it never holds its token."""

    id: str
    tenant_id: str
    created_at: str
    settings: ConnectionSettings
    watermark: int = 0  # the shadow change up to which accounts are reconciled
    deactivation_watermark: int = 0
    ticked_at: str | None = None  # the last scheduled moment that was run or found to have nothing to do

    @property
    def me(self) -> str | None:
        return self.settings.me


class Connections:
    """The connections table, kept at hand by id since every request asks for one."""

    def __init__(self, tables: Tables, tenants: Tenants) -> None:
        self._tables = tables
        self._tenants = tenants
        self._table = tables.table("connections")
        self._at_hand: dict[str, tuple[bytes, Connection]] = {
            record["id"]: (bytes.fromhex(record["token_sha256"]), _connection(record)) for record in self._table
        }
        self.used_at: dict[str, datetime] = {}  # in memory only: no write per request

    def authenticate(self, connection_id: str, token: bytes) -> Connection | None:
        """The connection if the token is its own; unknown id and wrong token cost and answer the same."""
        digest = hashlib.sha256(token).digest()
        held, connection = self._at_hand.get(connection_id, _NOBODY)
        return connection if hmac.compare_digest(held, digest) else None

    def cursor_key(self, connection_id: str) -> bytes:
        """What signs the cursors of a connection; another token, another key (RFC 9865 section 5.2)."""
        return hmac.digest(self._at_hand[connection_id][0], b"cursor", hashlib.sha256)

    def create(self, tenant_id: str, now: datetime, *, token: str | None = None) -> tuple[Connection, str]:
        """(connection, its token, to be shown once); raises Unknown, or Refused saying which condition is missing."""
        self._tenants.check_may_connect(self._tenants.get(tenant_id))
        token = token or new_token()
        record = {
            "id": f"scim_conn_{secrets.token_hex(8)}",
            "tenant_id": tenant_id,
            "created_at": now.isoformat(),
            "token_sha256": _digest(token).hex(),
            "settings": {},
        }
        return self._store(record), token

    def rotate(self, connection_id: str, *, token: str | None = None) -> str:
        """A new token; the old one is refused from this moment on."""
        record = self._record(connection_id)
        token = token or new_token()
        self._store({**record, "token_sha256": _digest(token).hex()})
        return token

    def change(self, connection_id: str, settings: dict[str, Any]) -> Connection:
        """Change some settings; raises Refused for an unknown or unfit one, Unknown for the connection."""
        record = self._record(connection_id)
        merged = {**record["settings"], **_checked(settings)}
        return self._store({**record, "settings": merged})

    def delete(self, transaction: Transaction, connection_id: str) -> None:
        """Stage the end of a connection; its token is refused at once."""
        record = self._record(connection_id)
        transaction.remove(self._table, record["id"])
        del self._at_hand[connection_id]

    def mark(self, transaction: Transaction, connection_id: str, **progress: Any) -> Connection:
        """Stage how far a connection is reconciled (watermark, deactivation_watermark, ticked_at)."""
        record = {**self._record(connection_id), **progress}
        transaction.put(self._table, record)
        held, _ = self._at_hand[connection_id]
        connection = _connection(record)
        self._at_hand[connection_id] = (held, connection)
        return connection

    def tick(self, connection_id: str, at: datetime) -> None:
        """Remember in memory that a tick had nothing to do: a run that changes nothing writes nothing."""
        held, connection = self._at_hand[connection_id]
        self._at_hand[connection_id] = (held, replace(connection, ticked_at=at.isoformat()))

    def get(self, connection_id: str) -> Connection:
        """The connection; raises Unknown."""
        if connection_id not in self._at_hand:
            raise Unknown(f"no connection {connection_id}")
        return self._at_hand[connection_id][1]

    def all(self) -> list[Connection]:
        return [connection for _, connection in self._at_hand.values()]

    def _record(self, connection_id: str) -> Record:
        record = self._table.get(connection_id)
        if record is None:
            raise Unknown(f"no connection {connection_id}")
        return record

    def _store(self, record: Record) -> Connection:
        transaction = self._tables.transaction()
        transaction.put(self._table, record)
        transaction.commit()
        connection = _connection(record)
        self._at_hand[record["id"]] = (bytes.fromhex(record["token_sha256"]), connection)
        return connection


def new_token() -> str:
    """A bearer token with 256 bits of randomness."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


# Stands in for an unknown connection: 32 bytes that no token hashes to in anybody's lifetime.
_NOBODY: tuple[bytes, Connection] = (secrets.token_bytes(32), Connection("", "", "", ConnectionSettings()))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _connection(record: Record) -> Connection:
    return Connection(
        record["id"],
        record["tenant_id"],
        record["created_at"],
        ConnectionSettings(**record["settings"]),
        record.get("watermark", 0),
        record.get("deactivation_watermark", 0),
        record.get("ticked_at"),
    )


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    for name, value in settings.items():
        if name not in ConnectionSettings.__dataclass_fields__:
            known = ", ".join(ConnectionSettings.__dataclass_fields__)
            raise Refused(f"{name}: no such setting; expected one of {known}")
        if name == "deprovisioning" and value not in DEPROVISIONING:
            raise Refused(f'deprovisioning: expected one of {", ".join(DEPROVISIONING)}; got "{value}"')
        if name.endswith("_minutes") and not (_is_integer(value) and 1 <= value <= 1440):
            raise Refused(f"{name}: expected minutes from 1 to 1440")
        if name.endswith("_hour") and not (_is_integer(value) and 0 <= value <= 23):
            raise Refused(f"{name}: expected an hour from 0 to 23")
        if name == "brake_users" and value is not None and not (_is_integer(value) and value >= 0):
            raise Refused("brake_users: expected a number of users, or null")
        if name == "group_mappings" and not _is_mapping(value):
            raise Refused("group_mappings: expected {group: {roles: [...], sites: [...], boards: [...]}}")
        if name == "me" and not (value is None or isinstance(value, str)):
            raise Refused("me: expected a userName, or null")
    return settings


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_mapping(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(
            isinstance(grants, dict)
            and set(grants) <= {"roles", "sites", "boards"}
            and all(isinstance(names, list) and all(isinstance(n, str) for n in names) for names in grants.values())
            for grants in value.values()
        )
    )
