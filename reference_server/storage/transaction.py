"""A transaction on a data folder: staged changes until their commit, and how a commit in memory is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from reference_server.storage.indexed_rows import Rows, Stored
from reference_server.storage.journal_lines import Operation
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import Record, Table

# What one commit replaced, as the table kept it: (table, document id, document or None), or (table, None, all documents)
# for an emptied table.
Undo = list[tuple[Rows, int | None, Any]]
FEW = 500  # number of replaced records that are freed in one step
# (table, key, record) puts; without a record it removes; without a key it drops; a number is the position to skip to
Step = tuple[Rows, str | None, Record | int | None]


class StagedTransaction:
    """Staged changes to any number of tables."""

    __slots__ = ("_apply", "_begin_commit", "_steps")

    def __init__(self, apply: Callable[[list[Step]], None], begin_commit: Callable[[], object]) -> None:
        self._apply = apply
        self._begin_commit = begin_commit
        self._steps: list[Step] = []

    def put(self, table: Table, record: Record) -> None:
        assert isinstance(table, RowsTable)
        self._steps.append((table.rows, record["id"], record))

    def remove(self, table: Table, key: str) -> None:
        self._steps.append((_rows(table), key, None))

    def drop(self, table: Table) -> None:
        self._steps.append((_rows(table), None, None))

    def skip(self, table: Table, position: int) -> None:
        self._steps.append((_rows(table), None, position))

    def begin_commit(self) -> None:
        self._begin_commit()

    def commit(self) -> None:
        self._apply(self._steps)
        self._steps = []  # not earlier, because a large commit that takes too long restarts


def applied(steps: list[Step], undo: Undo) -> list[Operation]:
    """Apply steps to memory, add what they replaced to `undo`, and return the operations for the journal line."""
    operations: list[Operation] = []
    for rows, key, record in steps:
        if isinstance(record, int):
            if record > rows.next_id:
                rows.next_id = record
                operations.append([rows.name, record - 1, None])  # reserves the id of a skipped document
            continue
        if key is None:
            undo.append((rows, None, dict(rows.stored)))
            rows.clear()
            operations.append([rows.name, None, None])
            continue
        doc_id = rows.id_of.get(key)
        if doc_id is None:
            if record is None:
                continue
            doc_id = rows.next_id
        undo.append((rows, doc_id, rows.stored.get(doc_id)))
        kept = rows.set(doc_id, record)
        operations.append([rows.name, doc_id, orjson.Fragment(kept) if isinstance(kept, bytes) else kept])
    return operations


def give_back(undone: list[Undo]) -> None:
    """Restore what these commits replaced, newest first, and empty the lists, so that nothing is restored twice.

    The ids of their new documents are not reused.
    """
    touched: dict[str, Rows] = {}
    for undo in reversed(undone):
        for rows, doc_id, before in reversed(undo):
            touched[rows.name] = rows
            replaced: dict[int, Stored | None] = before if doc_id is None else {doc_id: before}
            for held_id, stored in replaced.items():
                rows.set(held_id, None if stored is None else rows.record(stored))
        undo.clear()
    for rows in touched.values():
        if rows.ordered_by is not None:
            rows.restore_order()


def forget(undone: Sequence[Undo]) -> None:
    """Free what these commits replaced in a loop that lets other threads run, because 50,000 records take 80 ms."""
    for undo in undone:
        while undo:
            _, doc_id, before = undo.pop()
            if doc_id is None:
                while before:
                    before.popitem()


def _rows(table: Table) -> Rows:
    assert isinstance(table, RowsTable)
    return table.rows
