"""The documents of one table in memory, by id, by key, and in order, together with their indexes."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from reference_server.storage.index import HashIndex, discard
from reference_server.storage.tables import IndexKeys, Record


@dataclass(frozen=True, slots=True)
class Changes:
    """Many changes of one table, excluding its indexes."""

    next_id: int
    records: dict[int, Record]  # new and replaced ones by document id
    removed: list[int]
    ids: dict[str, int]  # key → document id
    removed_keys: list[str]
    json: dict[int, bytes]  # only with `keep_json`
    numbers: dict[int, int]  # only with `ordered_by`: document id → number, ascending


class Rows:
    """The documents of one table by id and by key, with its indexes. Only this class changes them."""

    __slots__ = ("_numbers", "_order", "by_id", "id_of", "indexes", "json", "name", "next_id", "ordered_by")

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_id: dict[int, Record] = {}
        self.id_of: dict[str, int] = {}
        self.indexes: dict[str, HashIndex] = {}
        self.next_id = 1
        self.json: dict[int, bytes] | None = None  # only with `keep_json`; filled when records are written or read
        self.ordered_by: str | None = None
        self._order: list[int] | None = None
        self._numbers: dict[int, int] = {}  # document id → its `ordered_by` number, ascending by number

    def set(self, doc_id: int, record: Record | None) -> None:
        """Store a version of a document (None: remove it) and update the indexes."""
        before = self.by_id.get(doc_id)
        if self.json is not None:
            self.json.pop(doc_id, None)
        for index in self.indexes.values():
            index.replace(doc_id, before, record)
        if record is None:
            self.next_id = max(self.next_id, doc_id + 1)  # ids are never reused, not even skipped ones
            if before is not None:
                del self.by_id[doc_id]
                self._numbers.pop(doc_id, None)
                self.id_of.pop(before.get("id", ""), None)
                if self._order is not None:
                    del self._order[bisect_left(self._order, doc_id)]
            return
        if before is None:
            if self._order is not None:
                insort(self._order, doc_id)
            self.next_id = max(self.next_id, doc_id + 1)
        elif before.get("id") != record.get("id"):
            self.id_of.pop(before.get("id", ""), None)
        self.by_id[doc_id] = record
        if self.ordered_by is not None:
            self._numbers.pop(doc_id, None)
            self._numbers[doc_id] = record[self.ordered_by]  # the highest number so far, so it is at the end
        key = record.get("id")
        if isinstance(key, str):
            self.id_of[key] = doc_id

    def change(self, changes: Changes) -> None:
        """Apply many changes in a few bulk updates; the caller updates the indexes."""
        if self._order is not None and changes.removed:
            self._order = None  # sorting an almost sorted list is faster than removing items one by one
        elif self._order is not None:
            self._order += range(self.next_id, changes.next_id)
        self.next_id = changes.next_id
        discard(self.by_id, changes.removed)
        self.by_id.update(changes.records)
        discard(self.id_of, changes.removed_keys)
        self.id_of.update(changes.ids)
        if self.json is not None:
            discard(self.json, changes.removed)
            self.json.update(changes.json)
        if self.ordered_by is not None:
            discard(self._numbers, changes.removed)
            discard(self._numbers, changes.numbers)
            self._numbers.update(changes.numbers)

    def json_of(self, doc_id: int) -> bytes:
        """A document as JSON, encoded once."""
        held = self.json.get(doc_id) if self.json is not None else None
        if held is None:
            # A copy, because the bytes from orjson keep a buffer that is several times as large.
            held = bytes(memoryview(orjson.dumps(self.by_id[doc_id])))
            if self.json is not None:
                self.json[doc_id] = held
        return held

    def clear(self) -> None:
        if self.json is not None:
            self.json.clear()
        self.by_id.clear()
        self.id_of.clear()
        for index in self.indexes.values():
            index.clear()
        self._order = None
        self._numbers.clear()

    def order_by(self, name: str) -> None:
        """Start to maintain the order of a number that grows with every write; O(documents), once."""
        self.ordered_by = name
        numbers = sorted((record[name], doc_id) for doc_id, record in self.by_id.items())
        self._numbers = {doc_id: number for number, doc_id in numbers}

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, id) of the documents with a greater number, ascending; O(results)."""
        newer = []
        for doc_id in reversed(self._numbers):
            if self._numbers[doc_id] <= number:
                break
            newer.append((self._numbers[doc_id], str(self.by_id[doc_id]["id"])))
        newer.reverse()
        return newer

    def highest(self) -> int:
        return next(reversed(self._numbers.values()), 0)

    def add_indexes(self, indexes: Mapping[str, IndexKeys]) -> None:
        """Build the missing indexes; O(documents) each, once."""
        for name, keys_of in indexes.items():
            if name not in self.indexes:
                index = self.indexes[name] = HashIndex(keys_of)
                for doc_id, record in self.by_id.items():
                    index.replace(doc_id, None, record)

    def page(self, start: int, count: int) -> list[Record]:
        return [self.by_id[doc_id] for doc_id in self.order()[max(start, 0) : max(start, 0) + count]]

    def order(self) -> list[int]:
        """The ids of all documents, ascending: the order of insertion."""
        if self._order is None:
            self._order = sorted(self.by_id)
        return self._order
