"""What units of work on PostgreSQL hold in memory: the definition of a table, versions of records, changes, digests."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from reference_server.storage.tables import IndexKeys, Record

ORDER = "\x1fordered_by:"  # that a table keeps its numbers is noted among its indexes, under this and the number's name
HIGHEST_NUMBER = 2**63 - 1

_encode = json.JSONEncoder().encode

Entry = tuple[int, bytes, int]  # index, digest, position


class Memory:
    """What a process remembers of one database from unit to unit."""

    def __init__(self) -> None:
        self.spaces: dict[str, int] = {}  # ids of logical tables, which never change


class Definition:
    """What this process knows of a logical table: its name, its indexes, the number it is ordered by."""

    __slots__ = ("indexes", "kept", "name", "ordered_by")

    def __init__(self, name: str) -> None:
        self.name = name
        self.indexes: dict[str, IndexKeys] = {}
        self.ordered_by: str | None = None
        self.kept: frozenset[str] = frozenset()  # the names of all that a writer must keep true

    def add(self, indexes: Mapping[str, IndexKeys], ordered_by: str | None) -> None:
        """Take over what is not there yet; the first definition of a name stays."""
        for name, keys_of in indexes.items():
            self.indexes.setdefault(name, keys_of)
        self.ordered_by = self.ordered_by or ordered_by
        self.kept = frozenset([*self.indexes, *([self.order] if self.ordered_by else [])])

    @property
    def order(self) -> str:
        """The name under which the numbers are noted among the indexes."""
        return f"{ORDER}{self.ordered_by}"

    def number(self, record: Record) -> int | None:
        """The number a record is ordered by."""
        if self.ordered_by is None:
            return None
        number = int(record[self.ordered_by])
        if abs(number) > HIGHEST_NUMBER:
            raise ValueError(f"{self.name}: {self.ordered_by}: expected a number of 64 bits, got {number}")
        return number


class Row:
    """One version of a record: its place, its JSON, what it says (parsed once, when somebody asks)."""

    __slots__ = ("_record", "_under", "body", "key", "position")

    def __init__(self, position: int, key: str, body: str, record: Record | None = None) -> None:
        self.position = position
        self.key = key
        self.body = body
        self._record = record
        self._under: dict[str, dict[Hashable, bytes]] = {}

    @property
    def record(self) -> Record:
        if self._record is None:
            self._record = orjson.loads(self.body)
        return self._record

    def under(self, definition: Definition, index: str) -> Mapping[Hashable, bytes]:
        """The values that an index lists this version under, each with its digest."""
        held = self._under.get(index)
        if held is None:
            held = self._under[index] = {value: digest(value) for value in definition.indexes[index](self.record)}
        return held

    def entries(self, definition: Definition, ids: Mapping[str, int]) -> Iterator[Entry]:
        """What every index lists of this version; `ids` are those of the indexes."""
        for index in definition.indexes:
            for under in self.under(definition, index).values():
                yield ids[index], under, self.position


@dataclass(slots=True)
class Change:
    """What becomes of one record: the row in the database, and the row that shall be there; None for none."""

    definition: Definition
    before: Row | None
    after: Row | None

    def entries(self, ids: Mapping[str, int]) -> tuple[set[Entry], set[Entry]]:
        """(what indexes list no more, what they list now)."""
        before = set(self.before.entries(self.definition, ids)) if self.before else set()
        after = set(self.after.entries(self.definition, ids)) if self.after else set()
        return before - after, after - before


@lru_cache(maxsize=1_024)  # every account of a tenant is listed under that tenant
def digest(value: Hashable) -> bytes:
    """16 bytes for an index value; the same for values that are equal in Python, as a dict has them."""
    if isinstance(value, str):
        return blake2b(b"s" + value.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return blake2b(b"j" + _json(value).encode(), digest_size=16).digest()


def storable(key: object) -> bool:
    """Whether a key can be in the database at all; requests ask for any text."""
    return isinstance(key, str) and "\x00" not in key and (key.isascii() or _encodable(key))


def _encodable(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json(value: Any) -> str:
    """The JSON of a value, in which numbers that are equal look alike: True, 1 and 1.0."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return _encode(value)
