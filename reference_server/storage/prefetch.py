"""Prefetch hints: an optional protocol for tables whose look-ups are round trips to a database.

A caller that is about to read many records one after another announces them, and the engine fetches them in one statement,
together with the first one that is read.
Tables in memory do not implement the protocol, and the functions below do nothing for them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cache
from typing import Protocol, cast, runtime_checkable

from reference_server.storage.tables import Table


@runtime_checkable
class RemoteTable(Protocol):
    """The protocol of tables that are not in memory."""

    def prefetch(self, keys: Iterable[str]) -> None:
        """Fetch the records of these keys for the rest of this unit of work."""
        ...

    def prefetch_found(self, index: str, values: Iterable[Hashable]) -> None:
        """Fetch the results of `find` for each of these values."""
        ...

    def prefetch_last(self) -> None:
        """Fetch the result of `last`."""
        ...

    def look_up(self) -> None:
        """Fetch everything that was announced."""
        ...

    def expect_new(self, key: str) -> None:
        """Assume that no record has this key, so that `put` does not have to look for one."""
        ...

    def expect_none_found(self, index: str, value: Hashable) -> None:
        """Assume that the index lists no record under this value."""
        ...


def is_remote(table: Table) -> bool:
    """Whether look-ups in this table are round trips, so that collecting keys for a hint is worth it."""
    return _is_remote(type(table))


def prefetch(table: Table, keys: Iterable[str]) -> None:
    """Announce that the records of these keys will be read in this unit of work."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).prefetch(keys)


def prefetch_found(table: Table, index: str, values: Iterable[Hashable]) -> None:
    """Announce that `find` will be called for these values in this unit of work."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).prefetch_found(index, values)


def prefetch_last(table: Table) -> None:
    """Announce that `last` will be called in this unit of work."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).prefetch_last()


def look_up(table: Table) -> None:
    """Fetch what was announced now, before work that would be repeated if the unit has to wait for it later."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).look_up()


def expect_new(table: Table, key: str) -> None:
    """Announce that a record with a new key is about to be put."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).expect_new(key)


def expect_none_found(table: Table, index: str, value: Hashable) -> None:
    """Announce that no record has this value, for example because it is the id of a new record."""
    if _is_remote(type(table)):
        cast(RemoteTable, table).expect_none_found(index, value)


@cache
def _is_remote(kind: type) -> bool:
    return issubclass(kind, RemoteTable)
