"""What the folders above see of storage: tables, keys, and one atomic commit over several tables."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from typing import Any, Protocol

Record = dict[str, Any]  # JSON; holds its own key under "id"
IndexKeys = Callable[[Record], tuple[Hashable, ...]]


class StorageFailed(Exception):
    """A write could not reach the disk; nothing more is acknowledged until the process starts again."""


class FolderInUse(Exception):
    """Another process holds the data folder; the message names it."""


class FolderTooNew(Exception):
    """The data folder was written by a newer version."""


class FolderNotWritable(Exception):
    """The data folder cannot be made or written."""


class JournalDamaged(StorageFailed):
    """A record that was acknowledged is damaged; the message gives file and byte offset."""


class Durable(Protocol):
    """Await it to know that a commit is on the disk; raises StorageFailed when it will never be."""

    def __await__(self) -> Generator[Any, None, None]: ...


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
        """The records that an index lists under a value, in the order they came, O(hits)."""
        ...

    def find_page(self, index: str, value: Hashable, start: int, count: int) -> list[Record]:
        """A part of what `find` gives, O(start + count)."""
        ...

    def count(self, index: str, value: Hashable) -> int:
        """How many records an index lists under a value, O(1)."""
        ...

    def has(self, index: str, value: Hashable) -> bool:
        """Whether an index lists anything under a value, O(1)."""
        ...

    def page(self, start: int, count: int) -> list[Record]:
        """`count` records from index `start` (0-based) in the order they came."""
        ...

    def position(self, key: str) -> int:
        """A number that grows in the order the records came and stays with its record; 0 for an unknown key."""
        ...

    def page_after(self, position: int, count: int) -> list[Record]:
        """`count` records behind a position, whether its record is still there or not; O(count)."""
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

    def commit(self) -> Durable:
        """Apply all changes to memory now, queue them as one journal record; raises StorageFailed."""
        ...


class Tables(Protocol):
    """The store of one data folder."""

    def table(self, name: str, indexes: Mapping[str, IndexKeys] | None = None, *, keep_json: bool = False) -> Table:
        """Open or make a table; the indexes of the first call are built once and kept true.

        `keep_json`: hold each record's JSON beside it, for readers who send it as it is.
        """
        ...

    def names(self) -> list[str]: ...

    def transaction(self) -> Transaction: ...

    def failed(self) -> str | None:
        """Why nothing can be written any more, or None."""
        ...

    def close(self) -> None:
        """Write what is queued, release the folder."""
        ...
