"""The documents of one table in memory, by id, by key, and in order, together with their indexes."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from sys import intern
from typing import Any

import orjson

from reference_server.storage.index import HashIndex, discard
from reference_server.storage.json_documents import JsonDocuments, encoded, key_of
from reference_server.storage.tables import IndexKeys, NoteOf, Record

Stored = Record | bytes  # a document as the table keeps it


@dataclass(frozen=True, slots=True)
class Changes:
    """Many changes of one table, excluding its indexes."""

    next_id: int
    stored: dict[int, Stored]  # new and replaced ones by document id
    removed: list[int]
    ids: dict[str, int]  # key → document id
    removed_keys: list[str]
    summaries: dict[str, Any]  # only with `summary`
    numbers: dict[int, int]  # only with `ordered_by`: document id → number, ascending


class Rows:
    """The documents of one table by id and by key, with its indexes. Only this class changes them.

    A table keeps either records or, with `keep_json`, their JSON. A table that was loaded keeps JSON until it is opened.
    """

    __slots__ = (
        "_notes",
        "_numbers",
        "_order",
        "by_id",
        "id_of",
        "indexes",
        "json",
        "name",
        "next_id",
        "ordered_by",
        "stored",
        "summaries",
        "summary_of",
    )

    def __init__(self, name: str, *, keep_json: bool = False) -> None:
        self.name = name
        self.stored: dict[int, Any] = {}  # the documents as they are kept
        self.by_id: MutableMapping[int, Record] = self.stored  # the documents as records
        self.json: dict[int, bytes] | None = None  # `stored`, if it contains JSON
        self.id_of: dict[str, int] = {}
        self.indexes: dict[str, HashIndex] = {}
        self.next_id = 1
        self.ordered_by: str | None = None
        self.summary_of: Callable[[Record], Any] | None = None
        self.summaries: dict[str, Any] = {}  # key → summary
        self._notes = array("I")  # by document id; 0 without one (see `tables.NoteOf`)
        self._order: list[int] | None = None
        self._numbers: dict[int, int] = {}  # document id → its `ordered_by` number, ascending by number
        if keep_json:
            self.keep_json()

    # ── what is kept ──

    @staticmethod
    def record(stored: Stored) -> Record:
        """The record of a document as it is kept."""
        return orjson.loads(stored) if isinstance(stored, bytes) else stored

    def keep_json(self) -> None:
        """Keep the documents as JSON from now on; O(documents), once."""
        if self.json is None:
            self._notes = array("I")
            self.stored = self.json = {doc_id: encoded(record) for doc_id, record in self.stored.items()}
            self.by_id = JsonDocuments(self.json)

    def keep_records(self) -> None:
        """Keep the documents as records from now on; O(documents), once."""
        if self.json is not None:
            self.stored = self.by_id = {doc_id: orjson.loads(json) for doc_id, json in self.json.items()}
            self.json = None
            self._notes = array("I")

    def json_of(self, doc_id: int) -> bytes:
        """A document as JSON."""
        return orjson.dumps(self.by_id[doc_id]) if self.json is None else self.json[doc_id]

    def note(self, doc_id: int, json: bytes, note_of: NoteOf) -> int:
        """The note on some JSON, which is kept if this is still the JSON of the document, until it changes."""
        if self.json is None or self.json.get(doc_id) is not json:
            return note_of(json)
        notes = self._notes
        if doc_id >= len(notes):
            notes.frombytes(bytes(notes.itemsize * (2 * self.next_id - len(notes))))
        note = notes[doc_id]
        if not note:
            note = notes[doc_id] = note_of(json)
        return note

    def noted(self, ids: list[int], note_of: NoteOf) -> tuple[list[bytes], list[int]]:
        """Documents as JSON, and their notes."""
        stored = list(map(self.json_of if self.json is None else self.json.__getitem__, ids))
        notes = list(map(self._notes.__getitem__, ids)) if ids and ids[-1] < len(self._notes) else [0]
        if 0 in notes:
            notes = [self.note(doc_id, json, note_of) for doc_id, json in zip(ids, stored, strict=True)]
        return stored, notes

    # ── changes ──

    def load(self, doc_id: int, json: bytes) -> None:
        """Store a version of a document of a table that is not opened yet, so it has no indexes."""
        assert self.json is not None
        key = key_of(json)
        if doc_id in self.json:
            self.id_of.pop(key_of(self.json[doc_id]), None)
        self.next_id = max(self.next_id, doc_id + 1)
        self.json[doc_id] = json
        if isinstance(key, str):
            self.id_of[key] = doc_id

    def set(self, doc_id: int, record: Record | None) -> Stored | None:
        """Store a version of a document (None: remove it) and update the indexes; returns it as it is kept."""
        if record is None:
            self._remove(doc_id)
            return None
        if doc_id >= self.next_id:  # the document is new, and the last one in the order of insertion
            self.next_id = doc_id + 1
            for index in self.indexes.values():
                index.insert(doc_id, record)
            if self._order is not None:
                self._order.append(doc_id)
        else:
            self._give_way(doc_id, record)
        self.by_id[doc_id] = record
        if self.ordered_by is not None:
            self._numbers[doc_id] = record.get(self.ordered_by, 0)  # the highest number so far, so it is at the end
        key = record.get("id")
        if isinstance(key, str):
            self.id_of[key] = doc_id
            if self.summary_of is not None:
                self.summaries[key] = self.summary_of(record)
        kept: Stored = self.stored[doc_id]
        return kept

    def _give_way(self, doc_id: int, record: Record) -> None:
        """Update everything but the document itself, of which this is the next version."""
        before = self.by_id.get(doc_id)
        for index in self.indexes.values():
            index.replace(doc_id, before, record)
        if before is None:  # it was removed, and this restores it
            if self._order is not None:
                insort(self._order, doc_id)
            return
        if doc_id < len(self._notes):
            self._notes[doc_id] = 0
        self._numbers.pop(doc_id, None)
        if before.get("id") != record.get("id"):
            self._forget_key(before)

    def _remove(self, doc_id: int) -> None:
        if doc_id >= self.next_id:
            self.next_id = doc_id + 1  # ids are never reused, not even skipped ones
        before = self.by_id.get(doc_id)
        if before is None:
            return
        for index in self.indexes.values():
            index.remove(doc_id, before)
        del self.by_id[doc_id]
        if doc_id < len(self._notes):
            self._notes[doc_id] = 0
        self._numbers.pop(doc_id, None)
        self._forget_key(before)
        if self._order is not None:
            del self._order[bisect_left(self._order, doc_id)]

    def _forget_key(self, record: Record) -> None:
        key = record.get("id", "")
        self.id_of.pop(key, None)
        self.summaries.pop(key, None)

    def change(self, changes: Changes) -> None:
        """Apply many changes in a few bulk updates; the caller updates the indexes."""
        if self._order is not None and changes.removed:
            self._order = None  # sorting an almost sorted list is faster than removing items one by one
        elif self._order is not None:
            self._order += range(self.next_id, changes.next_id)
        if changes.removed or min(changes.stored, default=self.next_id) < self.next_id:
            self._notes = array("I")  # removing single notes would take longer
        self.next_id = changes.next_id
        discard(self.stored, changes.removed)
        self.stored.update(changes.stored)
        discard(self.id_of, changes.removed_keys)
        self.id_of.update(changes.ids)
        discard(self.summaries, changes.removed_keys)
        self.summaries.update(changes.summaries)
        if self.ordered_by is not None:
            discard(self._numbers, changes.removed)
            discard(self._numbers, changes.numbers)
            self._numbers.update(changes.numbers)

    def clear(self) -> None:
        self.by_id.clear()
        self.id_of.clear()
        self.summaries.clear()
        for index in self.indexes.values():
            index.clear()
        self._notes = array("I")
        self._order = None
        self._numbers.clear()

    # ── by number ──

    def restore_order(self) -> None:
        """Determine the order again after a rollback, which restores old numbers; O(documents)."""
        self._order_by([(number, doc_id) for doc_id, number in self._numbers.items()])

    def _order_by(self, numbers: list[tuple[int, int]]) -> None:
        self._numbers = {doc_id: number for number, doc_id in sorted(numbers)}

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, id) of the documents with a greater number, ascending; O(results)."""
        newer = []
        for doc_id in reversed(self._numbers):
            if self._numbers[doc_id] <= number:
                break
            newer.append((self._numbers[doc_id], self._key(doc_id)))
        newer.reverse()
        return newer

    def highest(self) -> int:
        return next(reversed(self._numbers.values()), 0)

    def _key(self, doc_id: int) -> str:
        return str(self.by_id[doc_id]["id"] if self.json is None else key_of(self.json[doc_id]))

    # ── indexes ──

    def define(
        self,
        indexes: Mapping[str, IndexKeys],
        ordered_by: str | None = None,
        summary_of: Callable[[Record], Any] | None = None,
    ) -> None:
        """Build what is missing in one pass over the documents, which parses each of them only once; O(documents), once."""
        new = {name: HashIndex(keys_of) for name, keys_of in indexes.items() if name not in self.indexes}
        self.indexes |= new
        ordered_by = ordered_by if self.ordered_by is None else None
        summary_of = summary_of if self.summary_of is None else None
        self.ordered_by = self.ordered_by or ordered_by
        self.summary_of = self.summary_of or summary_of
        if not (new or ordered_by or summary_of):
            return
        # Many records contain the same id. As one object, it takes less memory and is found without a comparison.
        if summary_of is not None:
            deque(map(intern, self.id_of), maxlen=0)
        numbers: list[tuple[int, int]] = []
        shared = [index.field for index in new.values() if index.field is not None]
        for doc_id, record in self.by_id.items():
            for field in shared:
                record[field] = intern(record[field])
            for index in new.values():
                index.insert(doc_id, record)
            if ordered_by is not None:
                numbers.append((record.get(ordered_by, 0), doc_id))
            if summary_of is not None:
                self.summaries[intern(record["id"])] = summary_of(record)
        if ordered_by is not None:
            self._order_by(numbers)

    # ── in the order of insertion ──

    def page(self, start: int, count: int) -> list[Record]:
        return [self.by_id[doc_id] for doc_id in self.ids(start, count)]

    def ids(self, start: int, count: int) -> list[int]:
        """The ids of `count` documents from index `start`."""
        start = max(start, 0)
        return self.order()[start : start + count]

    def order(self) -> list[int]:
        """The ids of all documents, ascending: the order of insertion."""
        if self._order is None:
            self._order = sorted(self.stored)
        return self._order
