"""A commit of many records, which is prepared in steps that can pause and then becomes visible in a short time.

A small commit changes the tables step by step, at about ten microseconds per record. Thousands of records would block all other
requests for that time, and a pause in between would expose half of the commit. Everything that takes time therefore happens
first and changes nothing: JSON, index keys, and the journal line. Only one bulk update per dict remains.

The steps of each table are prepared in parts. The steps of a part are handled together, which takes a tenth of the time, if
all of them put or all of them remove records, and none of them twice.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count as numbers_from
from itertools import groupby, islice, repeat
from operator import itemgetter
from typing import Any, cast

import orjson

from reference_server.storage.index import StagedIndex, discard
from reference_server.storage.indexed_rows import Changes, Rows, Stored
from reference_server.storage.journal_lines import Encoded, Operation
from reference_server.storage.json_documents import encoded
from reference_server.storage.tables import Record
from reference_server.storage.transaction import Step, Undo
from reference_server.turns import count

LARGE = 500  # number of steps from which a commit is prepared
PART = 256  # steps that are prepared together

_table, _key = itemgetter(0), itemgetter(1)


def prepared(steps: list[Step], encoded: Callable[[bytes], Encoded]) -> LargeCommit | None:
    """The prepared commit, if it only puts and removes records; `encoded` creates the journal line."""
    if None in map(_key, steps):
        return None
    commit = LargeCommit(steps)
    if commit.undo:
        commit.line = encoded(commit.body)
    return commit


class LargeCommit:
    """The prepared changes of a list of puts and removals. Nothing changes before `apply`. The preparation can pause."""

    def __init__(self, steps: list[Step]) -> None:
        self.undo: Undo = []
        self.line: Encoded | list[Operation] = []
        of_tables: dict[Rows, list[Step]] = {}
        for rows, its in groupby(steps, _table):
            count()
            of_tables.setdefault(rows, []).extend(its)
        self._tables: list[_TableChange] = []
        parts: list[bytes] = []
        for rows, its_steps in of_tables.items():
            change = _TableChange(rows, self.undo)
            for begin in range(0, len(its_steps), PART):
                _, keys, records = zip(*its_steps[begin : begin + PART], strict=True)
                count(8 * len(keys))
                operations = change.add(keys, records)
                if operations:
                    parts.append(orjson.dumps(operations)[1:-1])
            change.finish()
            self._tables.append(change)
        self.body = b"[" + b",".join(parts) + b"]"

    def apply(self) -> Undo:
        """Apply the changes to the tables."""
        for change in self._tables:
            change.apply()
        return self.undo


class _TableChange:
    """The changes of the commit in one table."""

    def __init__(self, rows: Rows, undo: Undo) -> None:
        self._rows = rows
        self._undo = undo
        self._next_id = rows.next_id
        self._ids: dict[str, int | None] = {}  # key → document id; None for a removed one
        self._stored: dict[int, Stored | None] = {}
        self._summaries: dict[str, Any] = {}
        self._numbers: dict[int, int] = {}  # in the order of the writes, as in Rows
        self._removes = False
        self._indexes = [StagedIndex(index) for index in rows.indexes.values()]

    def add(self, keys: tuple[str, ...], records: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Add a part of the steps; returns the operations for the journal line."""
        puts = all(records)
        if len(keys) > 1 and (len(set(keys)) < len(keys) or (not puts and any(records))):
            return [made for step in zip(keys, records, strict=True) for made in self.add((step[0],), (step[1],))]
        return self._put(keys, records) if puts else self._remove(keys)

    def _put(self, keys: tuple[str, ...], records: tuple[Record, ...]) -> list[tuple[Any, ...]]:
        """Add versions of different records."""
        rows, ids = self._rows, self._ids_of(keys)
        known = self._with_new(ids)
        held = self._note_replaced(known)
        if self._indexes and any(held):
            before = [stored and rows.record(stored) for stored in held]
            for index in self._indexes:
                for doc_id, its_record, record in zip(known, before, records, strict=True):
                    index.replace(doc_id, its_record, record)
        else:
            for index in self._indexes:
                index.insert_all(known, records)
        stored: list[Stored] = [*records] if rows.json is None else [encoded(record) for record in records]
        self._ids.update(zip(keys, known, strict=True))
        self._stored.update(zip(known, stored, strict=True))
        if rows.summary_of is not None:
            self._summaries.update(zip(keys, map(rows.summary_of, records), strict=True))
        if rows.ordered_by is not None:
            discard(self._numbers, known)
            self._numbers.update(zip(known, map(itemgetter(rows.ordered_by), records), strict=True))
        return list(zip(repeat(rows.name), known, stored if rows.json is None else map(orjson.Fragment, stored)))

    def _remove(self, keys: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """Remove different records, some of which may not exist."""
        rows = self._rows
        ids = {key: doc_id for key, doc_id in zip(keys, self._ids_of(keys), strict=True) if doc_id is not None}
        known = list(ids.values())
        held = self._note_replaced(known)
        if self._indexes:
            before = held if rows.json is None else list(map(rows.record, held))
            for index in self._indexes:
                index.remove_all(known, before)
        self._removes = self._removes or bool(known)
        self._ids.update(dict.fromkeys(ids))
        self._stored.update(dict.fromkeys(known))
        discard(self._numbers, known)
        return list(zip(repeat(rows.name), known, repeat(None)))

    def _ids_of(self, keys: tuple[str, ...]) -> list[int | None]:
        if self._ids.keys().isdisjoint(keys):
            return list(map(self._rows.id_of.get, keys))
        return [self._ids[key] if key in self._ids else self._rows.id_of.get(key) for key in keys]

    def _with_new(self, ids: list[int | None]) -> list[int]:
        """The same ids, and the next ones in the place of None."""
        new = numbers_from(self._next_id)
        self._next_id += ids.count(None)
        if not any(ids):
            return list(islice(new, len(ids)))
        return [next(new) if doc_id is None else doc_id for doc_id in ids]

    def _note_replaced(self, ids: list[int]) -> list[Any]:
        """Add what these documents replace to the list of what a rollback restores, and return it."""
        held: list[Any] = list(map(self._rows.stored.get, ids))
        if not self._stored.keys().isdisjoint(ids):
            held = [self._stored.get(doc_id, stored) for doc_id, stored in zip(ids, held, strict=True)]
        self._undo.extend(zip(repeat(self._rows), ids, held))
        return held

    def finish(self) -> None:
        """Determine which documents remain."""
        removed = [doc_id for doc_id, stored in self._stored.items() if stored is None] if self._removes else []
        removed_keys = [key for key, doc_id in self._ids.items() if doc_id is None] if self._removes else []
        discard(self._stored, removed)
        discard(self._ids, removed_keys)
        discard(self._summaries, removed_keys)
        self._changes = Changes(
            next_id=self._next_id,
            stored=cast("dict[int, Stored]", self._stored),
            removed=removed,
            ids=cast("dict[str, int]", self._ids),
            removed_keys=removed_keys,
            summaries=self._summaries,
            numbers=self._numbers,
        )
        count(len(self._stored) // 2)
        for index in self._indexes:
            index.finish()

    def apply(self) -> None:
        self._rows.change(self._changes)
        for index in self._indexes:
            index.apply()
