"""A unit of work on PostgreSQL: its reads of pages, of conditions, and by number, and the current unit."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.cached_rows import CachedRows
from reference_server.scale.postgres.conditions import asked_indexes, selected
from reference_server.scale.postgres.gaps import place_at
from reference_server.scale.postgres.lookups import COUNTS
from reference_server.scale.postgres.rows import HIGHEST_NUMBER, Definition, Memory, Row, bounded, digest
from reference_server.scale.postgres.schema import BLOCK
from reference_server.storage.tables import Condition


class Unit(CachedRows):
    """One unit of work, used by the greenlet that runs it."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
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

    # ── by index ──

    def under_page(
        self, definition: Definition, index: str, value: Hashable, start: int, count: int | None
    ) -> list[Row]:
        """A part of the result of `under`."""
        self.exact(definition)
        part = {"given_start": bounded(start), "given_count": None if count is None else bounded(count)}
        listed = self._by_index(definition, index, sql.UNDER_PAGE, given_values=[digest(value)], **part)
        return [Row(*row) for under, *row in listed if under is not None]

    def select(self, definition: Definition, condition: Condition) -> list[Row]:
        """The rows that satisfy a condition over indexes, in the order of insertion."""
        asked = asked_indexes(condition)
        for index in asked:
            self.must_have(definition, index)
        space = self.exact(definition)
        if space is None:
            return []
        built = self._built(space)
        if not asked <= built.keys():
            self.build(definition)
            built = self._built(space)
        return self._hold_all(space, self.send(self.execute, selected(condition, space, built)))

    # ── in the order of insertion ──

    def position(self, definition: Definition, key: str) -> int:
        row = self.row(definition, key)
        return row.position if row else 0

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

    def counts(self, definition: Definition) -> tuple[int, int]:
        """(number of records, position of the next one)."""
        space = self.space(definition)
        if space is None:
            return 0, 1
        if space not in self._counts:
            self._counts[space] = self.answers({COUNTS: [(space,)]})[COUNTS][space,]
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

    def _by_index(self, definition: Definition, index: str, statement: Executable, **given: Any) -> Sequence[Any]:
        """The rows of a statement over an index; they are empty only if the table does not exist."""
        self.must_have(definition, index)
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


def current_unit(memory: Memory, what: str) -> Unit:
    """The current unit of work of a database; raises RuntimeError if there is none."""
    unit = CURRENT.get()
    if unit is None or unit.over or unit.memory is not memory:
        raise outside(what)
    return unit


def outside(what: str) -> RuntimeError:
    """The error for a use outside of a unit of work."""
    return RuntimeError(f"{what} outside a unit of work: expected `await tables.read(work)` or `tables.write(work)`")


CURRENT: ContextVar[Unit | None] = ContextVar("unit of work on PostgreSQL", default=None)
