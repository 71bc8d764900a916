"""Prefetch hints: an optional protocol of tables whose look-ups are round trips to a database.

A caller that is about to ask for many records one after the other announces them, and the engine fetches them in one
statement. Only such an engine implements the protocol; for a table in memory the functions below do nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cache
from typing import Protocol, cast, runtime_checkable

from reference_server.storage.tables import Table


@runtime_checkable
class RemoteTable(Protocol):
    """What a table implements that is not in memory."""

    def prefetch(self, keys: Iterable[str]) -> None:
        """Fetch the records of these keys for the rest of this unit of work."""
        ...

    def prefetch_found(self, index: str, values: Iterable[Hashable]) -> None:
        """Fetch what `find` gives for each of these values."""
        ...

    def expect_new(self, key: str) -> None:
        """Assume that no record has this key, so that `put` need not look for one."""
        ...


def is_remote(table: Table) -> bool:
    """Whether a look-up in this table is a round trip, so that it pays to collect keys for a hint."""
    return _is_remote(type(table))


def prefetch(table: Table, keys: Iterable[str]) -> None:
    """Announce that the records of these keys will be read in this unit of work."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).prefetch(keys)


def prefetch_found(table: Table, index: str, values: Iterable[Hashable]) -> None:
    """Announce that `find` will be called for these values in this unit of work."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).prefetch_found(index, values)


def expect_new(table: Table, key: str) -> None:
    """Announce that a record with a key that was never used is about to be put."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).expect_new(key)


@cache
def _is_remote(kind: type) -> bool:
    return issubclass(kind, RemoteTable)
