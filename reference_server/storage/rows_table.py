"""A table of a data folder with the interface of `storage.tables`: a view of rows in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson

from reference_server import turns
from reference_server.storage.indexed_rows import Rows
from reference_server.storage.tables import Condition, Noted, NoteOf, Record, Row

PART = 256  # rows that are made without a pause


class RowsTable:
    """A view of live rows."""

    __slots__ = ("_id_of", "highest", "name", "rows")

    def __init__(self, rows: Rows) -> None:
        self.name = rows.name
        self.rows = rows
        self._id_of = rows.id_of
        self.highest = rows.highest  # not a method of its own, because every write asks each table of its connection

    def get(self, key: str) -> Record | None:
        doc_id = self._id_of.get(key)
        return None if doc_id is None else self.rows.by_id[doc_id]

    def records(self, keys: Sequence[str]) -> list[Record | None]:
        return list(map(self.rows.by_id.get, map(self._id_of.get, keys)))  # type: ignore[arg-type]

    def known(self, keys: Sequence[str]) -> list[bool]:
        return list(map(self._id_of.__contains__, keys))

    def noted(self, key: str, note_of: NoteOf) -> Noted | None:
        doc_id = self._id_of.get(key)
        if doc_id is None:
            return None
        json = self.rows.json_of(doc_id)
        return json, self.rows.note(doc_id, json, note_of)

    def summary(self, key: str) -> Any:
        return self.rows.summaries.get(key)

    def summaries(self, keys: Sequence[str]) -> list[Any]:
        return list(map(self.rows.summaries.get, keys))

    def find(self, index: str, value: Hashable, start: int = 0, count: int | None = None) -> Sequence[Record]:
        by_id, ids = self.rows.by_id, self.rows.indexes[index].ids(value)
        if not ids:
            return []
        if start or count is not None:
            ids = islice(ids, start, None if count is None else start + count)
        return [by_id[doc_id] for doc_id in ids]

    def count(self, index: str, value: Hashable) -> int:
        return self.rows.indexes[index].count(value)

    def rows_under(self, index: str, value: Hashable) -> list[Row]:
        return self._rows_of(sorted(self.rows.indexes[index].ids(value)))

    def fields_under(self, index: str, values: Sequence[Hashable], field: str) -> list[tuple[Any, ...]]:
        return self.rows.indexes[index].fields(values, self.rows.by_id, field)

    def select(self, condition: Condition) -> list[Row]:
        stored, selected = self.rows.stored, self._selected(condition)
        # The selection can pause, so records can be removed in the meantime.
        return self._rows_of([doc_id for doc_id in sorted(selected) if doc_id in stored])

    def page(self, start: int, count: int) -> list[Record]:
        return self.rows.page(start, count)

    def noted_from(self, start: int, count: int, note_of: NoteOf) -> tuple[list[bytes], list[int]]:
        ids = self.rows.ids(start, count)
        if len(ids) <= PART:
            return self.rows.noted(ids, note_of)
        found: list[bytes] = []
        notes: list[int] = []
        for begin in range(0, len(ids), PART):
            turns.count(PART)
            part = [doc_id for doc_id in ids[begin : begin + PART] if doc_id in self.rows.stored]  # after a pause
            stored, its_notes = self.rows.noted(part, note_of)
            found += stored
            notes += its_notes
        return found, notes

    def notes(self, rows: Sequence[Row], note_of: NoteOf) -> list[int]:
        return [self.rows.note(doc_id, json, note_of) for doc_id, json in rows]

    def last(self) -> Record | None:
        order = self.rows.order()
        return self.rows.by_id[order[-1]] if order else None

    def position(self, key: str) -> int:
        return self._id_of.get(key, 0)

    def page_after(self, position: int, count: int) -> list[Record]:
        return self.rows.page(bisect_right(self.rows.order(), position), count)

    def rows_after(self, position: int, count: int) -> list[Row]:
        return self._rows_of(self.rows.ids(bisect_right(self.rows.order(), position), count))

    def above(self, number: int) -> list[tuple[int, str]]:
        return self.rows.above(number)

    def __len__(self) -> int:
        return len(self.rows.stored)

    def __contains__(self, key: object) -> bool:
        return key in self._id_of

    def __iter__(self) -> Iterator[Record]:
        if self.rows.json is not None:
            return map(orjson.loads, list(self.rows.json.values()))
        return iter(list(self.rows.by_id.values()))

    def _rows_of(self, ids: list[int]) -> list[Row]:
        if len(ids) > PART:
            return [row for begin in range(0, len(ids), PART) for row in self._counted(ids[begin : begin + PART])]
        json = self.rows.json
        if json is None:
            return [(doc_id, self.rows.json_of(doc_id)) for doc_id in ids]
        return [(doc_id, json[doc_id]) for doc_id in ids]

    def _counted(self, ids: list[int]) -> list[Row]:
        turns.count(len(ids))
        stored = self.rows.stored  # records can be removed during a pause
        return self._rows_of([doc_id for doc_id in ids if doc_id in stored])

    def _selected(self, condition: Condition) -> set[int]:
        kind, left, right = condition
        if kind == "eq" and left == "id":
            return {self._id_of[right]} if right in self._id_of else set()
        if kind == "eq":
            found = set(self.rows.indexes[left].ids(right))
            turns.count(len(found) // 16)
            return found
        first, second = self._selected(left), self._selected(right)
        turns.count((len(first) + len(second)) // 16)
        return first & second if kind == "and" else first | second
