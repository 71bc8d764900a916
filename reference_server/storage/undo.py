"""Rolls back commits in memory that could not be written to disk."""

from __future__ import annotations

from typing import Any

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.tables import Record

# What one commit replaced: (table, document id, record or None), or (table, None, all documents) for an emptied table.
Undo = list[tuple[Rows, int | None, Any]]
FEW = 500  # number of replaced records that are freed in one step


def give_back(undone: list[Undo]) -> None:
    """Restore what these commits replaced, newest first, and empty the lists, so that nothing is restored twice.

    The ids of their new documents are not reused.
    """
    touched: dict[str, Rows] = {}
    for undo in reversed(undone):
        for rows, doc_id, before in reversed(undo):
            touched[rows.name] = rows
            replaced: dict[int, Record | None] = before if doc_id is None else {doc_id: before}
            for held_id, record in replaced.items():
                rows.set(held_id, record)
        undo.clear()
    for rows in touched.values():
        if rows.ordered_by is not None:
            rows.order_by(rows.ordered_by)


def forget(undone: list[Undo]) -> None:
    """Free what these commits replaced in a loop that lets other threads run, because 50,000 records take 80 ms."""
    for undo in undone:
        while undo:
            _, doc_id, before = undo.pop()
            if doc_id is None:
                while before:
                    before.popitem()
