"""A unit of work that reads PostgreSQL: one connection, and the rows that it has read so far.

The unit caches the rows that it reads by key or by index value, so that code that reads one record after another needs only
one statement if `prefetch` announced the records. Each statement of a reading unit sees the newest committed state.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.conditions import asked_indexes, selected
from reference_server.scale.postgres.errors import IndexNotBuilt
from reference_server.scale.postgres.execute import execute
from reference_server.scale.postgres.gaps import place_at
from reference_server.scale.postgres.rows import (
    HIGHEST_NUMBER,
    Change,
    Definition,
    Memory,
    Row,
    bounded,
    digest,
    storable,
)
from reference_server.scale.postgres.schema import BLOCK
from reference_server.scale.postgres.session import Session
from reference_server.storage.tables import Condition

Place = tuple[int, str]  # space, key
Under = tuple[int, str, Hashable]  # space, index, value


class Unit(Session):
    """One unit of work, used by the greenlet that runs it."""

    def __init__(self, connection: Connection, memory: Memory) -> None:
        super().__init__(connection, memory)
        self._held: dict[Place, Row | None] = {}
        self._hits: dict[Under, dict[str, Row]] = {}  # complete for the index values in `_asked`, partial for others
        self._asked: set[Under] = set()
        self._changes: dict[int, dict[str, Change]] = {}  # unwritten changes by space and key
        self._counts: dict[int, tuple[int, int]] = {}
        self.over = False

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make this the current unit while its work runs."""
        before = CURRENT.set(self)
        try:
            yield
        finally:
            self.over = True
            CURRENT.reset(before)

    # ── by key ──

    def row(self, definition: Definition, key: str) -> Row | None:
        """The row with a key."""
        space = self.space(definition)
        if space is None:
            return None
        place = space, key
        if place not in self._held:
            self.prefetch(definition, (key,))
        return self._held.get(place)

    def prefetch(self, definition: Definition, keys: Iterable[str]) -> None:
        """Fetch the rows that are not cached yet in one statement."""
        space = self.space(definition)
        if space is None:
            return
        wanted = {key for key in keys if (space, key) not in self._held and storable(key)}
        if wanted:
            self._hold_all(space, self.run(sql.BY_KEYS, given_space=space, given_keys=list(wanted)))
            for key in wanted:
                self._held.setdefault((space, key), None)

    def expect_new(self, definition: Definition, key: str) -> None:
        """Assume that no record has this key."""
        space = self.space(definition)
        if space is not None:
            self._held.setdefault((space, key), None)

    def position(self, definition: Definition, key: str) -> int:
        row = self.row(definition, key)
        return row.position if row else 0

    # ── by index ──

    def under(self, definition: Definition, index: str, value: Hashable) -> list[Row]:
        """The rows that an index lists under a value, in the order of insertion."""
        self.prefetch_found(definition, index, (value,))
        space = self.space(definition)
        return (
            sorted(self._hits.get((space, index, value), {}).values(), key=attrgetter("position"))
            if space is not None
            else []
        )

    def prefetch_found(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        """Fetch the rows that an index lists under values that were not queried yet, in one statement."""
        space = self.space(definition)
        missing = {digest(value): value for value in values if (space, index, value) not in self._asked}
        if not missing:
            return
        listed = self._by_index(definition, index, sql.UNDER, given_values=list(missing))
        if space is None:
            return
        changed = self._changes.get(space, {})
        for value in missing.values():
            self._asked.add((space, index, value))
            self._hits.setdefault((space, index, value), {})
        for under, *row in listed:
            if under is not None and row[1] not in changed:
                self._hits[space, index, missing[under]][row[1]] = self._hold(space, row)

    def under_page(
        self, definition: Definition, index: str, value: Hashable, start: int, count: int | None
    ) -> list[Row]:
        """A part of the result of `under`."""
        self.exact(definition)
        part = {"given_start": bounded(start), "given_count": None if count is None else bounded(count)}
        listed = self._by_index(definition, index, sql.UNDER_PAGE, given_values=[digest(value)], **part)
        return [Row(*row) for under, *row in listed if under is not None]

    def count(self, definition: Definition, index: str, value: Hashable) -> int:
        if (under := (self.space(definition), index, value)) in self._asked:
            return len(self._hits[under])
        self.exact(definition)
        counted = self._by_index(definition, index, sql.COUNT, given_values=[digest(value)])
        return counted[0][0] if counted else 0

    def select(self, definition: Definition, condition: Condition) -> list[Row]:
        """The rows that satisfy a condition over indexes, in the order of insertion."""
        asked = asked_indexes(condition)
        for index in asked:
            self._must_have(definition, index)
        space = self.exact(definition)
        if space is None:
            return []
        built = self._built(space)
        if not asked <= built.keys():
            self.build(definition)
            built = self._built(space)
        return self._hold_all(space, self._send(execute, selected(condition, space, built), {}))

    # ── in the order of insertion ──

    def page(self, definition: Definition, start: int, count: int) -> list[Row]:
        """`count` rows from an index, whose position is computed from the gaps before it."""
        space = self.exact(definition)
        if space is None:
            return []
        position, more = self._place_of(definition, space, start)
        return self._hold_all(space, self._part(space, position, more, count))

    def page_after(self, definition: Definition, position: int, count: int) -> list[Row]:
        space = self.exact(definition)
        return [] if space is None else self._hold_all(space, self._part(space, position, 0, count))

    def rows_after(self, definition: Definition, position: int, count: int) -> list[Row]:
        """Like `page_after`, but without caching the rows."""
        space = self.exact(definition)
        return [] if space is None else [Row(*row) for row in self._part(space, position, 0, count)]

    def last(self, definition: Definition) -> Row | None:
        space = self.exact(definition)
        found = [] if space is None else self.run(sql.LAST, given_space=space)
        return self._hold(space, found[0]) if space is not None and found else None

    def counts(self, definition: Definition) -> tuple[int, int]:
        """(number of records, position of the next one)."""
        space = self.space(definition)
        if space is None:
            return 0, 1
        if space not in self._counts:
            self._counts[space] = tuple(self.run(sql.COUNTS, given_space=space)[0])
        return self._counts[space]

    def _place_of(self, definition: Definition, space: int, index: int) -> tuple[int, int]:
        """(position, number of records after it to skip) to reach the row at an index."""
        rows, following = self.counts(definition)
        if rows == following - 1:
            return index, 0
        last_block = bounded(index + following - 1 - rows) // BLOCK
        return place_at(index, self.run(sql.GAPS, given_space=space, given_block=last_block))

    def _part(self, space: int, position: int, more: int, count: int) -> Sequence[Any]:
        """`count` records after a position, skipping `more` records."""
        part = {"given_position": bounded(position), "given_start": more, "given_count": bounded(count)}
        return self.run(sql.PAGE, given_space=space, **part)

    def positions(self) -> dict[str, int]:
        """The next position of every logical table that was ever written to."""
        return dict(sorted(map(tuple, self.run(sql.POSITIONS))))

    # ── by number ──

    def above(self, definition: Definition, number: int) -> list[tuple[int, str]]:
        if definition.ordered_by is None or number >= HIGHEST_NUMBER:
            return []
        self.exact(definition)
        asked = max(number, -HIGHEST_NUMBER)
        listed = self._by_index(definition, definition.order, sql.ABOVE, given_number=asked)
        return [(held, key) for held, key in listed if held is not None]

    def highest(self, definition: Definition) -> int:
        if definition.ordered_by is None:
            return 0
        self.exact(definition)
        found = self._by_index(definition, definition.order, sql.HIGHEST)
        return (found[0][0] or 0) if found else 0

    # ── statements ──

    def exact(self, definition: Definition) -> int | None:
        """The space of a table, after writing all changes of this unit to the database."""
        return self.space(definition)

    def build(self, definition: Definition) -> None:
        """Called if an index of the table is not built. A writing unit builds it; a reading unit ends here."""
        self.failure = IndexNotBuilt(f"table {definition.name} has an index that is not built yet")
        raise self.failure

    def _by_index(self, definition: Definition, index: str, statement: Executable, **given: Any) -> Sequence[Any]:
        """The rows of a statement over an index; they are empty only if the table does not exist."""
        self._must_have(definition, index)
        space = self.space(definition)
        if space is None:
            return ()
        listed = self.run(statement, given_space=space, given_name=index, **given)
        if not listed:
            self.build(definition)
            listed = self.run(statement, given_space=space, given_name=index, **given)
        return listed

    def _built(self, space: int) -> dict[str, int]:
        return dict(map(tuple, self.run(sql.BUILT, given_space=space)))

    def _must_have(self, definition: Definition, index: str) -> None:
        if index not in definition.kept:
            raise KeyError(f"table {definition.name} has no index {index}")

    # ── cache ──

    def _forget(self, space: int) -> None:
        """Drop everything that is cached of a logical table."""
        self._held = {place: row for place, row in self._held.items() if place[0] != space}
        self._hits = {under: rows for under, rows in self._hits.items() if under[0] != space}
        self._asked = {under for under in self._asked if under[0] != space}

    def _hold_all(self, space: int, listed: Iterable[Any]) -> list[Row]:
        return [self._hold(space, row) for row in listed]

    def _hold(self, space: int, row: Any) -> Row:
        """The cached row; an earlier object for the same version is kept, so that it is parsed only once."""
        held = self._held.get((space, row[1]))
        if held is None or held.position != row[0] or held.body != row[2]:
            held = self._held[space, row[1]] = Row(*row)
        return held


def current_unit(memory: Memory, what: str) -> Unit:
    """The current unit of work of a database; raises RuntimeError if there is none."""
    unit = CURRENT.get()
    if unit is None or unit.over or unit.memory is not memory:
        raise RuntimeError(f"{what} outside a unit of work: expected `await tables.read(work)` or `tables.write(work)`")
    return unit


CURRENT: ContextVar[Unit | None] = ContextVar("unit of work on PostgreSQL", default=None)
