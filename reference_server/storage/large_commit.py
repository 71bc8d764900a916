"""A commit of many records, which is prepared in steps that can pause and then becomes visible in a short time.

A small commit changes the tables step by step, at about ten microseconds per record. Thousands of records would block all other
requests for that time, and a pause in between would expose half of the commit. Everything that takes time therefore happens
first and changes nothing: JSON, index keys, and the journal line. Only one bulk update per dict remains.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from reference_server.storage.index import StagedIndex
from reference_server.storage.indexed_rows import Changes, Rows, Stored
from reference_server.storage.journal_lines import Encoded, Operation
from reference_server.storage.json_documents import encoded
from reference_server.storage.tables import Record
from reference_server.storage.transaction import Step, Undo
from reference_server.turns import count

LARGE = 500  # number of steps from which a commit is prepared
PART = 128  # operations that are encoded together


def prepared(steps: list[Step], encoded: Callable[[bytes], Encoded]) -> LargeCommit | None:
    """The prepared commit, if it only puts and removes records; `encoded` creates the journal line."""
    if any(key is None for _, key, _ in steps):
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
        self._tables: dict[str, _TableChange] = {}
        operations: list[Operation] = []
        parts: list[bytes] = []
        for rows, key, record in steps:
            count(8)
            assert key is not None
            assert not isinstance(record, int)
            change = self._tables.get(rows.name)
            if change is None:
                change = self._tables[rows.name] = _TableChange(rows)
            doc_id = change.set(key, record, self.undo)
            if doc_id is not None:
                operations.append(change.operation(doc_id))
                if len(operations) == PART:
                    parts.append(orjson.dumps(operations)[1:-1])
                    operations.clear()
        for change in self._tables.values():
            change.finish()
        if operations:
            parts.append(orjson.dumps(operations)[1:-1])
        self.body = b"[" + b",".join(parts) + b"]"

    def apply(self) -> Undo:
        """Apply the changes to the tables."""
        for change in self._tables.values():
            change.apply()
        return self.undo


class _TableChange:
    """The changes of the commit in one table."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._next_id = rows.next_id
        self._ids: dict[str, int | None] = {}  # key → document id; None for a removed one
        self._stored: dict[int, Stored | None] = {}
        self._summaries: dict[str, Any] = {}
        self._numbers: dict[int, int] = {}  # in the order of the writes, as in Rows
        self._indexes = [StagedIndex(index) for index in rows.indexes.values()]

    def set(self, key: str, record: Record | None, undo: Undo) -> int | None:
        """Add a version of a record and the one that it replaces; returns the document id, or None if there is none to remove."""
        rows = self._rows
        doc_id = self._ids[key] if key in self._ids else rows.id_of.get(key)
        if doc_id is None:
            if record is None:
                return None
            doc_id, self._next_id = self._next_id, self._next_id + 1
        held = self._stored[doc_id] if doc_id in self._stored else rows.stored.get(doc_id)
        undo.append((rows, doc_id, held))
        before = None if held is None else rows.record(held)
        for index in self._indexes:
            index.replace(doc_id, before, record)
        self._ids[key] = None if record is None else doc_id
        self._stored[doc_id] = encoded(record) if record is not None and rows.json is not None else record
        if record is not None and rows.summary_of is not None:
            self._summaries[key] = rows.summary_of(record)
        self._numbers.pop(doc_id, None)
        if record is not None and rows.ordered_by is not None:
            self._numbers[doc_id] = record[rows.ordered_by]
        return doc_id

    def operation(self, doc_id: int) -> Operation:
        """The operation for the journal line. If the table keeps JSON, the record is encoded only once."""
        stored = self._stored[doc_id]
        return [self._rows.name, doc_id, orjson.Fragment(stored) if isinstance(stored, bytes) else stored]

    def finish(self) -> None:
        """Determine which documents remain."""
        self._changes = Changes(
            next_id=self._next_id,
            stored={doc_id: stored for doc_id, stored in self._stored.items() if stored is not None},
            removed=[doc_id for doc_id, stored in self._stored.items() if stored is None],
            ids={key: doc_id for key, doc_id in self._ids.items() if doc_id is not None},
            removed_keys=[key for key, doc_id in self._ids.items() if doc_id is None],
            summaries={key: summary for key, summary in self._summaries.items() if self._ids[key] is not None},
            numbers=self._numbers,
        )
        count(len(self._stored) // 2)
        for index in self._indexes:
            index.finish()

    def apply(self) -> None:
        self._rows.change(self._changes)
        for index in self._indexes:
            index.apply()
