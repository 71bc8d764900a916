"""Migrations: the steps that bring stored data of an older format to this version's format, oldest first.

A step works on the tables within a unit that writes. It may be cut off anywhere and is then run again from its beginning,
so it must not change again what it has already changed; the format number is raised after it. It names what it knows of records
itself: the code that uses them will have changed when the step is still needed.
"""

from __future__ import annotations

from collections.abc import Callable

from reference_server.storage.tables import Record, Tables

BATCH = 1_000  # records to a commit


def migrate(tables: Tables, found: int, wanted: int) -> None:
    """Bring data of format `found` to format `wanted`, within a unit that writes; the caller raises the number after it."""
    for number in range(found, wanted):
        MIGRATIONS[number](tables)


def rewrite(tables: Tables, name: str, change: Callable[[Record], Record]) -> None:
    """Put `change(record)` in the place of every record of a table that it makes different."""
    table, position = tables.table(name), 0
    while records := table.page_after(position, BATCH):
        transaction = tables.transaction()
        for record in records:
            changed = change(record)
            if changed != record:
                transaction.put(table, changed)
        transaction.commit()
        position = table.position(records[-1]["id"])


# ── format 1 → 2: connections hold all their fields, and no setting that this version does not have ──

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


# ── format 2 → 3: the files of a folder are laid out differently, which `loading` sees to; the records stay ──


def _same_records(_tables: Tables) -> None:
    """Change nothing."""


# Format → the step that leads out of it.
MIGRATIONS: dict[int, Callable[[Tables], None]] = {1: _whole_connections, 2: _same_records}
