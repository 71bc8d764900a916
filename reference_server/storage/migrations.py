"""Migrations: the steps that convert stored data of an older format to the current format, oldest first.

A step changes the tables in a writing unit of work. If it is interrupted, it runs again from the start, so it must be
idempotent. The format number is updated after it. A step must not use other code of the server, because that code will have
changed while the step is still needed.
"""

from __future__ import annotations

from collections.abc import Callable

from reference_server.storage.tables import Record, Tables

BATCH = 1_000  # records to a commit


def migrate(tables: Tables, found: int, wanted: int) -> None:
    """Migrate data from format `found` to `wanted` in a writing unit of work; the caller updates the number afterwards."""
    for number in range(found, wanted):
        MIGRATIONS[number](tables)


def rewrite(tables: Tables, name: str, change: Callable[[Record], Record]) -> None:
    """Replace every record of a table with `change(record)` if it differs."""
    table, position = tables.table(name), 0
    while records := table.page_after(position, BATCH):
        transaction = tables.transaction()
        for record in records:
            changed = change(record)
            if changed != record:
                transaction.put(table, changed)
        transaction.commit()
        position = table.position(records[-1]["id"])


# ── format 1 → 2: connections store all their fields, and only settings that exist in this version ──

_CONNECTION_2 = {
    "token_made_at": None,
    "token_expires_at": None,
    "watermark": 0,
    "deactivation_watermark": 0,
    "ticked_at": None,
    "used_at": None,
}
_SETTINGS_2 = {
    "deprovisioning",
    "sync_every_minutes",
    "deactivate_every_minutes",
    "window_start_hour",
    "window_end_hour",
    "brake",
    "brake_users",
    "brake_percent",
    "adopt",
    "group_mappings",
    "personal_data",
    "me",
}


def _whole_connections(tables: Tables) -> None:
    rewrite(tables, "connections", _whole_connection)


def _whole_connection(record: Record) -> Record:
    settings = {name: value for name, value in record["settings"].items() if name in _SETTINGS_2}
    return {**_CONNECTION_2, **record, "settings": settings}


# ── format 2 → 3: `loading` converts the layout of the files; the records do not change ──


def _same_records(_tables: Tables) -> None:
    """The records do not change."""


# ── format 3 → 4: the edge of a new membership contains the number of its change. Before, `touched` contained it, and it is
#    still read there, so the records do not change ──


# Format → the step to the next format.
MIGRATIONS: dict[int, Callable[[Tables], None]] = {1: _whole_connections, 2: _same_records, 3: _same_records}
