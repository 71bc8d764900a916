"""The values that units of work on PostgreSQL keep in memory: table definitions, rows, changes, and digests."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from reference_server.storage.tables import IndexKeys, Record, Summary

ORDER = "\x1fordered_by:"  # prefix of the index name that stands for an order
LONGEST_CACHED = 256  # maximum length of a value whose digest is cached
HIGHEST_NUMBER = 2**63 - 1

_encode = json.JSONEncoder().encode

Entry = tuple[int, bytes, int]  # index, digest, position
Listing = tuple[str, bytes]  # index name, digest
NOWHERE: frozenset[Listing] = frozenset()


class Memory:
    """What a process caches about one database between units of work."""

    def __init__(self) -> None:
        self.spaces: dict[str, int] = {}  # ids of logical tables, which never change
        # The names of logical tables that did not exist when they were last looked up.
        self.missing: set[tuple[str]] = set()


class Definition:
    """The definition of a logical table in this process: its name, its indexes, the number that orders it."""

    __slots__ = ("indexes", "kept", "name", "order", "ordered_by", "summary_of")

    def __init__(self, name: str) -> None:
        self.name = name
        self.indexes: dict[str, IndexKeys] = {}
        self.ordered_by: str | None = None
        self.order = ""  # the index name that stands for the order
        self.summary_of: Summary | None = None
        self.kept: frozenset[str] = frozenset()  # the names of all indexes that writers must maintain

    def add(self, indexes: Mapping[str, IndexKeys], ordered_by: str | None, summary_of: Summary | None = None) -> None:
        """Add indexes; the first definition of a name is kept."""
        for name, keys_of in indexes.items():
            self.indexes.setdefault(name, keys_of)
        self.ordered_by = self.ordered_by or ordered_by
        self.summary_of = self.summary_of or summary_of
        self.order = f"{ORDER}{self.ordered_by}"
        self.kept = frozenset([*self.indexes, *([self.order] if self.ordered_by else [])])

    def number(self, record: Record) -> int | None:
        """The number that orders a record."""
        if self.ordered_by is None:
            return None
        number = int(record.get(self.ordered_by, 0))
        if abs(number) > HIGHEST_NUMBER:
            raise ValueError(f"{self.name}: {self.ordered_by}: expected a number of 64 bits, got {number}")
        return number


class Row:
    """One version of a record: its position, its key, and its JSON, which is parsed on first use."""

    __slots__ = ("_listed", "_record", "body", "key", "position")

    def __init__(self, position: int, key: str, body: str, record: Record | None = None) -> None:
        self.position = position
        self.key = key
        self.body = body
        self._record = record
        self._listed: tuple[frozenset[str], frozenset[Listing]] | None = None

    @property
    def record(self) -> Record:
        if self._record is None:
            self._record = orjson.loads(self.body)
        return self._record

    def listed(self, definition: Definition) -> frozenset[Listing]:
        """The index values that list this row."""
        if self._listed is None or self._listed[0] is not definition.kept:
            record = self.record
            values = [
                (index, digest(value)) for index, keys_of in definition.indexes.items() for value in keys_of(record)
            ]
            self._listed = definition.kept, frozenset(values)
        return self._listed[1]


@dataclass(slots=True)
class Change:
    """A change of one record: the row in the database and the row that replaces it; None if there is no row."""

    definition: Definition
    before: Row | None
    after: Row | None

    def entries(self, ids: Mapping[str, int]) -> tuple[list[Entry], list[Entry]]:
        """(entries to delete, entries to insert); `ids` maps index names to ids."""
        before, after = self.before, self.after
        gone = before.listed(self.definition) if before else NOWHERE
        new = after.listed(self.definition) if after else NOWHERE
        same = gone & new if before and after and before.position == after.position else NOWHERE
        return (
            [(ids[index], value, before.position) for index, value in gone - same] if before else [],
            [(ids[index], value, after.position) for index, value in new - same] if after else [],
        )


def digest(value: Hashable) -> bytes:
    """16 bytes for an index value; equal values, as a dict compares them, have equal digests."""
    return _digest(value) if isinstance(value, str) and len(value) > LONGEST_CACHED else _cached_digest(value)


def _digest(value: Hashable) -> bytes:
    if isinstance(value, str):
        return blake2b(b"s" + value.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return blake2b(b"j" + _json(value).encode(), digest_size=16).digest()


_cached_digest = lru_cache(1_024)(_digest)  # many records share a value: all accounts of a tenant, for example


def bounded(number: int) -> int:
    """A number from a request, limited to the range of the database."""
    return min(max(number, 0), HIGHEST_NUMBER)


def storable(key: object) -> bool:
    """Whether PostgreSQL can store a key, because requests can contain any string."""
    return isinstance(key, str) and "\x00" not in key and (key.isascii() or _encodable(key))


def _encodable(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(value: Any) -> str:
    """The JSON of a value; equal numbers (True, 1 and 1.0) have the same JSON."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return _encode(value)
