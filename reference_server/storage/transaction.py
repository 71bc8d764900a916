"""A transaction on a data folder: staged changes, how their commit in memory is rolled back, and how it is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Any

import orjson

from reference_server.storage.indexed_rows import Rows, Stored
from reference_server.storage.journal_lines import Operation
from reference_server.storage.tables import Record, StorageFailed

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

    # Every `table` is a RowsTable of the same store.

    def put(self, table: Any, record: Record) -> None:
        self._steps.append((table.rows, record["id"], record))

    def put_all(self, table: Any, records: Sequence[Record]) -> None:
        rows = table.rows
        self._steps += [(rows, record["id"], record) for record in records]

    def remove(self, table: Any, key: str) -> None:
        self._steps.append((table.rows, key, None))

    def remove_all(self, table: Any, keys: Sequence[str]) -> None:
        rows = table.rows
        self._steps += [(rows, key, None) for key in keys]

    def drop(self, table: Any) -> None:
        self._steps.append((table.rows, None, None))

    def skip(self, table: Any, position: int) -> None:
        self._steps.append((table.rows, None, position))

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
            undo.append((rows, doc_id, None))
        else:
            undo.append((rows, doc_id, rows.stored[doc_id]))
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


class Batch:
    """Commits that share one write and one sync of the journal.

    Awaitable by any number of callers, with or without a task. Canceling one of them does not affect the others.
    """

    __slots__ = ("_callbacks", "_failure", "is_done")

    def __init__(self) -> None:
        self.is_done = False
        self._failure: str | None = None
        self._callbacks: list[Callable[[Any], object]] = []

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the batch is durable. Raises StorageFailed if it was rolled back."""
        if not self.is_done:
            if asyncio.current_task() is None:
                yield self  # the caller is resumed by a callback, as by that of a future
            else:
                yield from self._future().__await__()
        if self._failure:
            raise StorageFailed(self._failure)

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Call this on the event loop as soon as the batch is done."""
        self._callbacks.append(callback)

    def end(self, failure: str | None) -> None:
        """The batch is durable, or it failed and was rolled back. Runs on the event loop."""
        self.is_done, self._failure = True, failure
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def _future(self) -> asyncio.Future[None]:
        """A future of one task, which is the only thing that its cancellation cancels."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(_: Any) -> None:
            if not future.done():
                future.set_result(None)

        self.add_done_callback(end)
        return future


DONE = Batch()
DONE.end(None)
