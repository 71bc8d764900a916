"""tinydb.Table with O(1) get, insert, update, remove, and equality queries served by indexes.

Stock TinyDB rebuilds every document of a table on every write: 11 ms at 50,000 documents even in memory. Here a table is
a live dict; TinyDB's own methods run on a view of it that notes what they touch, and only that is journaled.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import orjson
import tinydb
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from reference_server.storage.index import HashIndex
from reference_server.storage.tables import IndexKeys, Record

Change = tuple[int, Record | None]  # document id, its new version or None


class Rows:
    """The documents of one table by id and by key, with its indexes; the one place where they change together."""

    __slots__ = ("_numbers", "_order", "by_id", "id_of", "indexes", "json", "name", "next_id", "ordered_by")

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_id: dict[int, Record] = {}
        self.id_of: dict[str, int] = {}
        self.indexes: dict[str, HashIndex] = {}
        self.next_id = 1
        self.json: dict[int, bytes] | None = None  # kept where readers want it; filled as records are written or read
        self.ordered_by: str | None = None
        self._order: list[int] | None = None
        self._numbers: dict[int, int] = {}  # document id → its `ordered_by` number, ascending by number

    def set(self, doc_id: int, record: Record | None) -> None:
        """Put one version of a document in place (None: remove it); indexes follow."""
        before = self.by_id.get(doc_id)
        if self.json is not None:
            self.json.pop(doc_id, None)
        for index in self.indexes.values():
            index.replace(doc_id, before, record)
        if record is None:
            self.next_id = max(self.next_id, doc_id + 1)  # never given again, also one that was only skipped
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
            self._numbers[doc_id] = record[self.ordered_by]  # the highest by now: it goes to the end
        key = record.get("id")
        if isinstance(key, str):
            self.id_of[key] = doc_id

    def json_of(self, doc_id: int) -> bytes:
        """A document as JSON, made once."""
        held = self.json.get(doc_id) if self.json is not None else None
        if held is None:
            # A copy: what orjson gives sits in the buffer it was written to, which takes 8 KB for a record of one.
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
        """Keep the documents in the order of a number that each write raises; O(documents), once."""
        self.ordered_by = name
        numbers = sorted((record[name], doc_id) for doc_id, record in self.by_id.items())
        self._numbers = {doc_id: number for number, doc_id in numbers}

    def above(self, number: int) -> list[tuple[int, str]]:
        """(number, id) of the documents above a number, ascending; as many steps as it returns."""
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
        """Build the indexes that are not there yet; O(documents) each, once."""
        for name, keys_of in indexes.items():
            if name not in self.indexes:
                index = self.indexes[name] = HashIndex(keys_of)
                for doc_id, record in self.by_id.items():
                    index.replace(doc_id, None, record)

    def page(self, start: int, count: int) -> list[Record]:
        return [self.by_id[doc_id] for doc_id in self.order()[max(start, 0) : max(start, 0) + count]]

    def order(self) -> list[int]:
        """The ids of all documents, ascending: the order they came in."""
        if self._order is None:
            self._order = sorted(self.by_id)
        return self._order


class _Recording(MutableMapping[int, Any]):
    """What TinyDB's updaters see as the table: reads fall through, a document handed out is a copy and counts as touched."""

    def __init__(self, by_id: dict[int, Record]) -> None:
        self._by_id = by_id
        self.changes: dict[int, Record | None] = {}

    def __getitem__(self, doc_id: int) -> Record:
        if doc_id in self.changes:
            held = self.changes[doc_id]
            if held is None:
                raise KeyError(doc_id)
            return held
        copy = self.changes[doc_id] = dict(self._by_id[doc_id])
        return copy

    def __setitem__(self, doc_id: int, record: Record) -> None:
        self.changes[doc_id] = record

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self.changes[doc_id] = None

    def __contains__(self, doc_id: object) -> bool:
        if doc_id in self.changes:
            return self.changes[doc_id] is not None
        return doc_id in self._by_id

    def __iter__(self) -> Iterator[int]:
        for doc_id in self._by_id:
            if self.changes.get(doc_id, True) is not None:
                yield doc_id
        for doc_id, record in self.changes.items():
            if record is not None and doc_id not in self._by_id:
                yield doc_id

    def __len__(self) -> int:
        return sum(1 for _ in self)


class IndexedTable(Table):
    """TinyDB's table over live rows. `commit` journals a list of changes; it comes with the storage."""

    default_query_cache_capacity = 0  # results would have to be dropped at every write anyway

    def __init__(self, storage: Any, name: str, **options: Any) -> None:
        self._rows: Rows = storage.rows(name)
        self._commit: Callable[[Rows, list[Change]], None] = storage.commit_rows
        super().__init__(storage, name, **options)

    # ── what TinyDB's own methods stand on ──

    def _read_table(self) -> Any:
        return self._rows.by_id

    def _get_next_id(self) -> int:
        next_id = self._rows.next_id
        self._rows.next_id += 1
        return next_id

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        recording = _Recording(self._rows.by_id)
        updater(recording)  # type: ignore[arg-type]
        changes = [
            (doc_id, record)
            for doc_id, record in recording.changes.items()
            if record is None or record != self._rows.by_id.get(doc_id)
        ]
        if changes:
            self._commit(self._rows, changes)

    # ── equality queries by index ──

    def search(self, cond: QueryLike) -> list[Document]:
        return [Document(self._rows.by_id[i], i) for i in self._candidates(cond) if cond(self._rows.by_id[i])]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        if cond is not None:
            return next(iter(self.search(cond)), None) if self._equality(cond) else super().get(cond)
        return super().get(doc_id=doc_id, doc_ids=doc_ids)

    def contains(self, cond: QueryLike | None = None, doc_id: int | None = None) -> bool:
        return self.get(cond, doc_id) is not None

    def count(self, cond: QueryLike) -> int:
        return len(self.search(cond))

    def update(self, fields: Any, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        if cond is not None:
            doc_ids = [document.doc_id for document in self.search(cond)]
        return super().update(fields, None, doc_ids)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        if cond is not None:
            doc_ids = [document.doc_id for document in self.search(cond)]
        return super().remove(None, doc_ids)

    def _candidates(self, cond: QueryLike) -> list[int]:
        equality = self._equality(cond)
        if equality is None:
            return list(self._rows.by_id)
        field, value = equality
        if field == "id":
            held = self._rows.id_of.get(value)  # type: ignore[call-overload]
            return [] if held is None else [held]
        return list(self._rows.indexes[field].ids(value))

    def _equality(self, cond: Any) -> tuple[str, Hashable] | None:
        """`where("id") == x` (or an index named like the field) → (field, x); TinyDB keeps that form as the query's hash."""
        form = getattr(cond, "_hash", None)
        if isinstance(form, tuple) and len(form) == 3 and form[0] == "==" and len(form[1]) == 1:
            field = form[1][0]
            if field == "id" or field in self._rows.indexes:
                return field, form[2]
        return None


class Database(tinydb.TinyDB):
    """TinyDB with indexed tables."""

    table_class: type[Table] = IndexedTable
