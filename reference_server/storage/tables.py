"""The interface of the store: tables, keys, indexes, atomic commits over several tables, and units of work.

Two engines implement it: TinyDB in a folder (`storage.database`, one process) and PostgreSQL (`scale.postgres`, any number
of processes). Reads and commits are plain calls inside a unit of work, and only the unit is awaited:
`await tables.read(work)` and `await tables.write(work)`. `storage.prefetch` contains optional hints for an engine whose
look-ups are round trips.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

Record = dict[str, Any]  # JSON; contains its own key as "id"
Row = tuple[int, bytes]  # position and JSON of a record
Summary = Callable[[Record], Any]
# What a reader notes about the JSON of a record: a number from 1 to 2**32 - 1. A table with `keep_json` keeps it until the
# record changes, so each table needs one function for all calls.
NoteOf = Callable[[bytes], int]
Noted = tuple[bytes, int]  # the JSON of a record, and its note
IndexKeys = Callable[[Record], tuple[Hashable, ...]]
# ("eq", index or "id", value), ("and", condition, condition), ("or", condition, condition)
Condition = tuple[Any, ...]
Result = TypeVar("Result")

RETRY_SECONDS = 5  # the Retry-After value after StorageFailed


class StorageFailed(Exception):
    """A write did not reach the disk, or the database is not reachable. Unacknowledged writes may be lost."""


class FolderInUse(Exception):
    """Another process uses the data folder; the message names it."""


class FolderTooNew(Exception):
    """The data was written by a newer version."""


class FolderNotWritable(Exception):
    """The data folder cannot be created or written."""


class JournalDamaged(StorageFailed):
    """An acknowledged record is damaged; the message gives file and byte offset."""


class Table(Protocol):
    """A live view of one table. Records are replaced, never mutated, so a record that was read does not change."""

    @property
    def name(self) -> str: ...

    # ── by key ──

    def get(self, key: str) -> Record | None:
        """The record of a key, O(1)."""
        ...

    def records(self, keys: Sequence[str]) -> list[Record | None]:
        """The records of these keys, None for an unknown one."""
        ...

    def known(self, keys: Sequence[str]) -> list[bool]:
        """Whether there is a record for each of these keys."""
        ...

    def noted(self, key: str, note_of: NoteOf) -> Noted | None:
        """The record of a key as JSON, which a table with `keep_json` does not encode again, with its note (see NoteOf)."""
        ...

    def summary(self, key: str) -> Any:
        """The summary of the record of a key; None for an unknown key."""
        ...

    def summaries(self, keys: Sequence[str]) -> list[Any]:
        """The summaries of the records of these keys."""
        ...

    def position(self, key: str) -> int:
        """The position of a record in the order of insertion, which never changes; 0 for an unknown key."""
        ...

    def __contains__(self, key: object) -> bool: ...

    # ── by index ──

    def find(self, index: str, value: Hashable, start: int = 0, count: int | None = None) -> Sequence[Record]:
        """The records that an index lists under a value, in the order in which they were inserted or received the value.

        With `start` or `count`, only that part of them, O(start + count); otherwise O(results).
        """
        ...

    def count(self, index: str, value: Hashable) -> int:
        """The number of records that an index lists under a value; O(1) in memory, O(results) in a database."""
        ...

    def rows_under(self, index: str, value: Hashable) -> list[Row]:
        """The rows that an index lists under a value, in the order of insertion; O(results)."""
        ...

    def fields_under(self, index: str, values: Sequence[Hashable], field: str) -> list[tuple[Any, ...]]:
        """For each value, this field of the records that an index lists under it, in the order of `find`; O(results)."""
        ...

    def select(self, condition: Condition) -> list[Row]:
        """The rows that satisfy a condition over indexes, in the order of insertion; the cost is the results of its parts."""
        ...

    # ── in the order of insertion ──

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Record]: ...

    def page(self, start: int, count: int) -> list[Record]:
        """`count` records from index `start` (0-based)."""
        ...

    def noted_from(self, start: int, count: int, note_of: NoteOf) -> tuple[list[bytes], list[int]]:
        """The JSON of `count` records from index `start` (0-based), and their notes."""
        ...

    def notes(self, rows: Sequence[Row], note_of: NoteOf) -> list[int]:
        """The notes of rows that were read before."""
        ...

    def page_after(self, position: int, count: int) -> list[Record]:
        """`count` records after a position, which can be that of a removed record; O(count)."""
        ...

    def rows_after(self, position: int, count: int) -> list[Row]:
        """`count` rows after a position, which are not kept in memory."""
        ...

    def last(self) -> Record | None:
        """The record that was inserted last, O(1)."""
        ...

    # ── by the number that `ordered_by` names ──

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, key) of the records with a greater number, ascending; O(results)."""
        ...

    def highest(self) -> int:
        """The highest number in the table, or 0 if it is empty; O(1)."""
        ...


class Transaction(Protocol):
    """Staged changes to any number of tables, which become visible with `commit`."""

    def put(self, table: Table, record: Record) -> None:
        """Insert a record, or replace the one with the same "id", which keeps its position."""
        ...

    def put_all(self, table: Table, records: Sequence[Record]) -> None:
        """Put many records of one table."""
        ...

    def remove(self, table: Table, key: str) -> None:
        """Remove a record; an unknown key is not an error."""
        ...

    def remove_all(self, table: Table, keys: Sequence[str]) -> None:
        """Remove many records of one table."""
        ...

    def drop(self, table: Table) -> None:
        """Remove every record of a table."""
        ...

    def skip(self, table: Table, position: int) -> None:
        """Give the next new record this position, unless the table is already beyond it (used by imports)."""
        ...

    def begin_commit(self) -> None:
        """Exclude all other writing units from here to the commit, because the unit now uses tables that all parts share."""
        ...

    def commit(self) -> None:
        """Make all changes visible together to the rest of this unit. They are durable when the unit has returned.

        Raises StorageFailed.
        """
        ...


class Tables(Protocol):
    """The store of one data folder or database."""

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,
        ordered_by: str | None = None,
        summary: Summary | None = None,
    ) -> Table:
        """Open or create a table. The engine maintains the indexes of the first call.

        With `keep_json`, an engine in memory keeps the JSON of each record instead of the record, for readers that send it
        unchanged. `ordered_by` names a field with a number that is higher than all others in the table at the time of the
        write (0 if it is missing); `above` and `highest` use it. `summary` computes a small value that many readers need
        without the record.
        """
        ...

    def positions(self) -> dict[str, int]:
        """The position of the next new record of every table that was ever written to, sorted by name."""
        ...

    def transaction(self) -> Transaction: ...

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        """Run `work`, which only reads. It can run in parallel with other units. Raises StorageFailed.

        With `pauses`, other tasks run and other units commit wherever the work calls `turns.count`.
        """
        ...

    async def write(self, work: Callable[[], Result], *, pauses: bool = False, part: str | None = None) -> Result:
        """Run `work`, which reads and commits. No other unit writes between its first read and its last commit.

        A unit that names its `part` promises to use only tables that no unit of another part uses, until it calls
        `begin_commit` of its transaction. An engine can therefore run units of different parts side by side until then.

        With `pauses`, other tasks run and other units read wherever the work calls `turns.count`, until its first commit;
        after that only if it calls `turns.release`.

        Returns the result of `work`, or raises its exception, when all commits are durable; raises StorageFailed if that fails.
        """
        ...

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Acquire a lock with this name among all processes of the store. It is released if the process dies."""
        ...

    async def is_held(self, name: str) -> bool:
        """Whether any process holds the lock with this name."""
        ...

    async def ready(self) -> None:
        """Check that the store can be read and written now; raises StorageFailed."""
        ...

    def lost(self) -> str | None:
        """The reason why this process can never write to the store again and must end; None while it can."""
        ...

    async def aclose(self) -> None:
        """Write everything that is queued and release all resources."""
        ...
