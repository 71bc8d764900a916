"""What the folders above see of storage: tables, keys, atomic commits over several tables, and units of work.

Two engines stand behind it: TinyDB in a folder (`database`, one process) and PostgreSQL (`postgres`, any number of
processes). Reads and commits are plain calls; they happen inside a unit of work, which is what the rest of the server
awaits: `await tables.read(work)` and `await tables.write(work)`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

Record = dict[str, Any]  # JSON; holds its own key under "id"
IndexKeys = Callable[[Record], tuple[Hashable, ...]]
# ("eq", index or "id", value), ("and", condition, condition), ("or", condition, condition)
Condition = tuple[Any, ...]
Result = TypeVar("Result")


class StorageFailed(Exception):
    """A write could not reach the disk, or the database cannot be reached; what was not acknowledged may be lost."""


class FolderInUse(Exception):
    """Another process holds the data folder; the message names it."""


class FolderTooNew(Exception):
    """The data was written by a newer version."""


class FolderNotWritable(Exception):
    """The data folder cannot be made or written."""


class JournalDamaged(StorageFailed):
    """A record that was acknowledged is damaged; the message gives file and byte offset."""


class Table(Protocol):
    """A live view of one table. Records are replaced, never mutated: whoever holds one holds that version of it."""

    @property
    def name(self) -> str: ...

    def get(self, key: str) -> Record | None:
        """The record of a key, O(1)."""
        ...

    def json(self, key: str) -> bytes | None:
        """The record of a key as JSON; kept at hand by tables that were opened for it."""
        ...

    def find(self, index: str, value: Hashable) -> Sequence[Record]:
        """The records that an index lists under a value, O(hits), in the order in which they came, or came to have it."""
        ...

    def find_page(self, index: str, value: Hashable, start: int, count: int) -> list[Record]:
        """A part of what `find` gives, O(start + count)."""
        ...

    def count(self, index: str, value: Hashable) -> int:
        """How many records an index lists under a value, O(1) in memory, O(hits) in a database."""
        ...

    def has(self, index: str, value: Hashable) -> bool:
        """Whether an index lists anything under a value, O(1)."""
        ...

    def select(self, condition: Condition) -> list[Record]:
        """The records that indexes list as the condition says, in an order like that of `find`; costs the hits of its parts."""
        ...

    def page(self, start: int, count: int) -> list[Record]:
        """`count` records from index `start` (0-based) in the order they came."""
        ...

    def last(self) -> Record | None:
        """The record that came last, O(1)."""
        ...

    def position(self, key: str) -> int:
        """A number that grows in the order the records came and stays with its record; 0 for an unknown key."""
        ...

    def page_after(self, position: int, count: int) -> list[Record]:
        """`count` records behind a position, whether its record is still there or not; O(count)."""
        ...

    def rows_after(self, position: int, count: int) -> list[tuple[int, bytes]]:
        """(position, JSON) of `count` records behind a position; nothing of it is kept, so that all can be walked."""
        ...

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, key) of the records whose `ordered_by` number is above this one, ascending; O(hits)."""
        ...

    def highest(self) -> int:
        """The highest `ordered_by` number in the table, 0 for none; O(1)."""
        ...

    def expect(self, keys: Iterable[str]) -> None:
        """A hint: these keys will be asked for next in this unit. An engine may fetch them together."""
        ...

    def expect_under(self, index: str, values: Iterable[Hashable]) -> None:
        """A hint: `find` and `has` will be asked for these values next in this unit."""
        ...

    def __len__(self) -> int: ...

    def __contains__(self, key: object) -> bool: ...

    def __iter__(self) -> Iterator[Record]: ...


class Transaction(Protocol):
    """Changes to any number of tables; nothing is visible before `commit`."""

    def put(self, table: Table, record: Record) -> None:
        """Insert the record, or replace the one with the same "id" in its place."""
        ...

    def remove(self, table: Table, key: str) -> None:
        """Remove a record; a missing one is no error."""
        ...

    def drop(self, table: Table) -> None:
        """Remove every record of a table."""
        ...

    def skip(self, table: Table, position: int) -> None:
        """Let the next new record come at this position, unless the table has come further already."""
        ...

    def commit(self) -> None:
        """Make all changes at once, visible to what follows in this unit; they are durable when the unit has returned.

        Raises StorageFailed.
        """
        ...


class Tables(Protocol):
    """The store of one data folder or database."""

    @property
    def is_remote(self) -> bool:
        """Whether a look-up is a round trip, so that hints (`expect`) are worth their while."""
        ...

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,
        ordered_by: str | None = None,
    ) -> Table:
        """Open or make a table; the indexes of the first call are kept true.

        `keep_json`: hold each record's JSON beside it, for readers who send it as it is. `ordered_by` names a number in
        each record that is higher than every other at the time of writing; `above` and `highest` go by it.
        """
        ...

    def names(self) -> list[str]:
        """The tables that hold anything, sorted."""
        ...

    def positions(self) -> dict[str, int]:
        """The position that the next new record takes, of every table that was ever written to, sorted by name."""
        ...

    def transaction(self) -> Transaction: ...

    async def read(self, work: Callable[[], Result]) -> Result:
        """Run `work`, which reads tables and commits nothing; it may be run beside others. Raises StorageFailed."""
        ...

    async def write(self, work: Callable[[], Result]) -> Result:
        """Run `work`, which reads, decides and commits; nobody else writes between its first read and its last commit.

        Returns (or raises what `work` raised) when all it committed is durable; raises StorageFailed when it will never be.
        """
        ...

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Hold `name` alone among all processes of this store; waits for it. A holder that dies lets go."""
        ...

    async def is_held(self, name: str) -> bool:
        """Whether anybody holds `name`."""
        ...

    def failed(self) -> str | None:
        """Why nothing can be written any more, or None."""
        ...

    async def aclose(self) -> None:
        """Write what is queued, release everything."""
        ...
