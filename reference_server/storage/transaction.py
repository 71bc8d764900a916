"""A transaction on a data folder: changes that wait for their commit."""

from __future__ import annotations

from collections.abc import Callable

from reference_server.storage.indexed_rows import Rows
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import Record, Table

# (table, key, record) puts; without a record it removes; without a key it drops; a number is the position to skip to
Step = tuple[Rows, str | None, Record | int | None]


class StagedTransaction:
    """Staged changes to any number of tables."""

    __slots__ = ("_apply", "_steps")

    def __init__(self, apply: Callable[[list[Step]], None]) -> None:
        self._apply = apply
        self._steps: list[Step] = []

    def put(self, table: Table, record: Record) -> None:
        self._steps.append((_rows(table), record["id"], record))

    def remove(self, table: Table, key: str) -> None:
        self._steps.append((_rows(table), key, None))

    def drop(self, table: Table) -> None:
        self._steps.append((_rows(table), None, None))

    def skip(self, table: Table, position: int) -> None:
        self._steps.append((_rows(table), None, position))

    def commit(self) -> None:
        steps, self._steps = self._steps, []
        self._apply(steps)


def _rows(table: Table) -> Rows:
    assert isinstance(table, RowsTable)
    return table.rows
