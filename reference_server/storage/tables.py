"""The contract of the store: tables, keys, indexes, atomic commits over several tables, and units of work.

Two engines implement it: TinyDB in a folder (`storage.database`, one process) and PostgreSQL (`scale.postgres`, any number
of processes). Reads and commits are plain calls inside a unit of work, and only the unit is awaited:
`await tables.read(work)` and `await tables.write(work)`. Hints for an engine whose look-ups are round trips stand apart, in
`storage.prefetch`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

Record = dict[str, Any]  # JSON; holds its own key under "id"
IndexKeys = Callable[[Record], tuple[Hashable, ...]]
# ("eq", index or "id", value), ("and", condition, condition), ("or", condition, condition)
Condition = tuple[Any, ...]
Result = TypeVar("Result")

RETRY_SECONDS = 5  # after StorageFailed, when a caller may try again


class StorageFailed(Exception):
    """A write did not reach the disk, or the database cannot be reached; what was not acknowledged may be lost."""


class FolderInUse(Exception):
    """Another process holds the data folder; the message names it."""


class FolderTooNew(Exception):
    """The data was written by a newer version."""


class FolderNotWritable(Exception):
    """The data folder cannot be created or written."""


class JournalDamaged(StorageFailed):
    """An acknowledged record is damaged; the message gives file and byte offset."""


class Table(Protocol):
    """A live view of one table. Records are replaced, never mutated: a record that was read stays that version."""

    @property
    def name(self) -> str: ...

    # ── by key ──

    def get(self, key: str) -> Record | None:
        """The record of a key, O(1)."""
        ...

    def json(self, key: str) -> bytes | None:
        """The record of a key as JSON; a table opened with `keep_json` does not encode it again."""
        ...

    def position(self, key: str) -> int:
        """A number that grows in the order of insertion and stays with its record; 0 for an unknown key."""
        ...

    def __contains__(self, key: object) -> bool: ...

    # ── by index ──

    def find(self, index: str, value: Hashable, start: int = 0, count: int | None = None) -> Sequence[Record]:
        """The records that an index lists under a value, in the order in which they were inserted or received the value.

        With `start` or `count` only that part of them, O(start + count); else O(hits).
        """
        ...

    def count(self, index: str, value: Hashable) -> int:
        """How many records an index lists under a value, O(1) in memory, O(hits) in a database."""
        ...

    def select(self, condition: Condition) -> list[Record]:
        """The records for which a condition over indexes holds, in the order of insertion; costs the hits of its parts."""
        ...

    # ── in the order of insertion ──

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Record]: ...

    def page(self, start: int, count: int) -> list[Record]:
        """`count` records from index `start` (0-based)."""
        ...

    def page_after(self, position: int, count: int) -> list[Record]:
        """`count` records behind a position, which may be that of a removed record; O(count)."""
        ...

    def rows_after(self, position: int, count: int) -> list[tuple[int, bytes]]:
        """(position, JSON) of `count` records behind a position; an engine keeps none of them in memory."""
        ...

    def last(self) -> Record | None:
        """The record that was inserted last, O(1)."""
        ...

    # ── by the number that `ordered_by` names ──

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, key) of the records whose number is greater, ascending; O(hits)."""
        ...

    def highest(self) -> int:
        """The highest number in the table, 0 for none; O(1)."""
        ...


class Transaction(Protocol):
    """Changes to any number of tables; nothing is visible before `commit`."""

    def put(self, table: Table, record: Record) -> None:
        """Insert the record, or replace the one with the same "id" in its place."""
        ...

    def remove(self, table: Table, key: str) -> None:
        """Remove a record; an unknown key is not an error."""
        ...

    def drop(self, table: Table) -> None:
        """Remove every record of a table."""
        ...

    def skip(self, table: Table, position: int) -> None:
        """Give this position to the next new record, unless the table is beyond it already (an import keeps positions)."""
        ...

    def commit(self) -> None:
        """Make all changes at once, visible to the rest of this unit; they are durable when the unit has returned.

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
    ) -> Table:
        """Open or create a table; the engine maintains the indexes of the first call.

        `keep_json` keeps the JSON of each record beside it, for readers who send it unchanged. `ordered_by` names a field
        whose number is higher than every other in the table at the time of writing; `above` and `highest` use it.
        """
        ...

    def positions(self) -> dict[str, int]:
        """The position of the next new record, for every table that was ever written to, sorted by name."""
        ...

    def transaction(self) -> Transaction: ...

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        """Run `work`, which reads tables and commits nothing; it may run beside other units. Raises StorageFailed.

        With `pauses`, other tasks run and other units commit at any point where the work calls `turns.count`.
        """
        ...

    async def write(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        """Run `work`, which reads, decides and commits; no other unit writes between its first read and its last commit.

        With `pauses`, other tasks run and other units read where the work calls `turns.count`, until its first commit; after
        that only if it calls `turns.release`.

        Returns (or raises what `work` raised) when all it committed is durable; raises StorageFailed when it never will be.
        """
        ...

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold a lock of this name among all processes of the store; waits for it. A process that dies releases it."""
        ...

    async def is_held(self, name: str) -> bool:
        """Whether any process holds the lock of this name."""
        ...

    async def ready(self) -> None:
        """Find out whether the store can be read and written now; raises StorageFailed."""
        ...

    def lost(self) -> str | None:
        """Why this process can never write to the store again, so that it must end; None while it can."""
        ...

    async def aclose(self) -> None:
        """Write what is queued and release all resources."""
        ...
