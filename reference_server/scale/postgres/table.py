"""Tables and transactions on PostgreSQL, which implement `storage.tables` with the current unit of work."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from reference_server.scale.postgres.rows import HIGHEST_NUMBER, Definition, Memory, Row, storable
from reference_server.scale.postgres.unit import CURRENT, Unit, current_unit, outside
from reference_server.scale.postgres.write_unit import Step, WriteUnit
from reference_server.storage.tables import Condition, Noted, NoteOf, Record, Table
from reference_server.storage.tables import Row as StoredRow

LONGEST_KEY = 2_000  # bytes; a B-tree entry takes 2,704


class PostgresTable:
    """One logical table. It contains no data; every call uses the current unit of work."""

    __slots__ = ("_memory", "_shown", "definition", "name")

    def __init__(self, name: str, memory: Memory) -> None:
        self.name = name
        self.definition = Definition(name)
        self._memory = memory
        self._shown = f"table {name}"  # for messages

    def get(self, key: str) -> Record | None:
        row = self._unit().row(self.definition, key)
        return row.record if row else None

    def records(self, keys: Sequence[str]) -> list[Record | None]:
        self.prefetch(keys)
        return [self.get(key) for key in keys]

    def known(self, keys: Sequence[str]) -> list[bool]:
        self.prefetch(keys)
        return [key in self for key in keys]

    def noted(self, key: str, note_of: NoteOf) -> Noted | None:
        row = self._unit().row(self.definition, key)
        if row is None:
            return None
        stored = row.body.encode()
        return stored, note_of(stored)

    def summary(self, key: str) -> Any:
        record, summary_of = self.get(key), self.definition.summary_of
        return summary_of(record) if record is not None and summary_of is not None else None

    def summaries(self, keys: Sequence[str]) -> list[Any]:
        return [self.summary(key) for key in keys]

    def find(self, index: str, value: Hashable, start: int = 0, count: int | None = None) -> Sequence[Record]:
        if start or count is not None:
            return _records(self._unit().under_page(self.definition, index, value, start, count))
        return _records(self._unit().under(self.definition, index, value))

    def count(self, index: str, value: Hashable) -> int:
        return self._unit().count(self.definition, index, value)

    def rows_under(self, index: str, value: Hashable) -> list[StoredRow]:
        return _rows(self._unit().under(self.definition, index, value))

    def fields_under(self, index: str, values: Sequence[Hashable], field: str) -> list[tuple[Any, ...]]:
        return [tuple([record[field] for record in self.find(index, value)]) for value in values]

    def select(self, condition: Condition) -> list[StoredRow]:
        return _rows(self._unit().select(self.definition, condition))

    def page(self, start: int, count: int) -> list[Record]:
        return _records(self._unit().page(self.definition, start, count))

    def last(self) -> Record | None:
        row = self._unit().last(self.definition)
        return row.record if row else None

    def position(self, key: str) -> int:
        return self._unit().position(self.definition, key)

    def noted_from(self, start: int, count: int, note_of: NoteOf) -> tuple[list[bytes], list[int]]:
        stored = [row.body.encode() for row in self._unit().page(self.definition, start, count)]
        return stored, list(map(note_of, stored))

    def notes(self, rows: Sequence[StoredRow], note_of: NoteOf) -> list[int]:
        return [note_of(stored) for _, stored in rows]

    def page_after(self, position: int, count: int) -> list[Record]:
        return _records(self._unit().page_after(self.definition, position, count))

    def rows_after(self, position: int, count: int) -> list[StoredRow]:
        return _rows(self._unit().rows_after(self.definition, position, count))

    def above(self, number: int) -> list[tuple[int, str]]:
        return self._unit().above(self.definition, number)

    def highest(self) -> int:
        return self._unit().highest(self.definition)

    def prefetch(self, keys: Iterable[str]) -> None:
        self._unit().prefetch(self.definition, keys)

    def prefetch_found(self, index: str, values: Iterable[Hashable]) -> None:
        self._unit().prefetch_found(self.definition, index, values)

    def prefetch_last(self) -> None:
        self._unit().prefetch_last(self.definition)

    def look_up(self) -> None:
        self._unit().look_up()

    def expect_new(self, key: str) -> None:
        self._unit().expect_new(self.definition, key)

    def expect_none_found(self, index: str, value: Hashable) -> None:
        self._unit().expect_none_found(self.definition, index, value)

    def __len__(self) -> int:
        return self._unit().counts(self.definition)[0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._unit().row(self.definition, key) is not None

    def __iter__(self) -> Iterator[Record]:
        # All rows are read now and parsed one by one.
        rows = self._unit().rows_after(self.definition, 0, HIGHEST_NUMBER)
        return (row.record for row in rows)

    def _unit(self) -> Unit:
        unit = CURRENT.get()
        if unit is None or unit.over or unit.memory is not self._memory:
            raise outside(self._shown)
        return unit


class PostgresTransaction:
    """Staged changes to any number of tables."""

    __slots__ = ("_memory", "_steps")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._steps: list[tuple[Definition, str | None, Record | int | None]] = []

    def put(self, table: Table, record: Record) -> None:
        key = record["id"]
        if not storable(key) or len(key.encode()) > LONGEST_KEY:
            raise ValueError(f"table {table.name}: id: expected a string of at most {LONGEST_KEY} bytes without NUL")
        self._steps.append((_definition(table), key, record))

    def put_all(self, table: Table, records: Sequence[Record]) -> None:
        for record in records:
            self.put(table, record)

    def remove(self, table: Table, key: str) -> None:
        self._steps.append((_definition(table), key, None))

    def remove_all(self, table: Table, keys: Sequence[str]) -> None:
        for key in keys:
            self.remove(table, key)

    def drop(self, table: Table) -> None:
        self._steps.append((_definition(table), None, None))

    def skip(self, table: Table, position: int) -> None:
        self._steps.append((_definition(table), None, position))

    def begin_commit(self) -> None:
        """Do nothing: the writing units of all parts run one after the other."""

    def commit(self) -> None:
        unit = current_unit(self._memory, "a commit")
        if not isinstance(unit, WriteUnit):
            raise RuntimeError("a commit within `await tables.read(work)`: expected `await tables.write(work)`")
        unit.apply([_encoded(*step) for step in self._steps])
        self._steps = []  # not earlier, because a unit that is set aside runs again


def _definition(table: Table) -> Definition:
    assert isinstance(table, PostgresTable)
    return table.definition


def _encoded(definition: Definition, key: str | None, record: Record | int | None) -> Step:
    """A step with its JSON, number, and entries. Raises before any change if the record cannot be stored."""
    if isinstance(record, int):
        return definition, None, record
    if record is None or key is None:
        return definition, key, None
    definition.number(record)
    row = Row(0, key, orjson.dumps(record).decode(), record)
    row.listed(definition)
    return definition, key, row


def _records(rows: Iterable[Row]) -> list[Record]:
    return [row.record for row in rows]


def _rows(rows: Iterable[Row]) -> list[StoredRow]:
    return [(row.position, row.body.encode()) for row in rows]
