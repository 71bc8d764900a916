"""A unit of work on PostgreSQL as far as it reads: one connection, and what it has read so far.

What was read by key or by index value is kept for the unit, so that code which asks for one record after the other costs
one statement where `expect` announced them. A unit that only reads sees the state of each statement's moment.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Executable

from reference_server.storage.postgres import statements as sql
from reference_server.storage.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.storage.postgres.rows import HIGHEST_NUMBER, ORDER, Definition, Row, digest, storable
from reference_server.storage.postgres.select import evaluate, positions
from reference_server.storage.tables import Condition, StorageFailed

CHUNK = 1_000  # records of one statement where a whole table is read
Place = tuple[int, str]  # space, key
Under = tuple[int, str, bytes]  # space, index, digest of the value


class Memory:
    """What a process remembers of one database from unit to unit."""

    def __init__(self) -> None:
        self.spaces: dict[str, int] = {}  # ids of logical tables, which never change


class Unit:
    """One unit of work; calls come from the greenlet that runs it."""

    doing = "read"  # what the database could not be when a statement fails

    def __init__(self, connection: Connection, memory: Memory) -> None:
        self._connection = connection
        self.memory = memory
        self._unknown: set[str] = set()  # logical tables that are not there
        self._held: dict[Place, Row | None] = {}
        self._hits: dict[Under, dict[str, None]] = {}  # keys; their rows are held
        self._built: dict[int, dict[str, int]] = {}
        self.failure: StorageFailed | None = None
        self.over = False

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make this the unit that tables ask, as long as its work runs."""
        before = CURRENT.set(self)
        try:
            yield
        finally:
            self.over = True
            CURRENT.reset(before)

    # ── by key ──

    def row(self, definition: Definition, key: str) -> Row | None:
        """The row of a key."""
        space = self.space(definition)
        if space is None:
            return None
        if (space, key) not in self._held:
            self.expect(definition, (key,))
        return self._held.get((space, key))

    def expect(self, definition: Definition, keys: Iterable[str]) -> None:
        """Fetch what is not held yet, in one statement."""
        space = self.space(definition)
        if space is None:
            return
        wanted = {key for key in keys if (space, key) not in self._held and storable(key)}
        if not wanted:
            return
        self._hold(space, self.run(sql.BY_KEYS, given_space=space, given_keys=list(wanted)))
        for key in wanted:
            self._held.setdefault((space, key), None)

    def position(self, definition: Definition, key: str) -> int:
        row = self.row(definition, key)
        return row.position if row else 0

    # ── by index ──

    def under(self, definition: Definition, index: str, value: Hashable) -> list[Row]:
        """The rows that an index lists under a value, in the order they came."""
        self.expect_under(definition, index, (value,))
        space = self.space(definition)
        if space is None:
            return []
        keys = self._hits[space, index, digest(value)]
        rows = [row for key in keys if (row := self._held[space, key]) is not None]
        rows.sort(key=_position)
        return rows

    def expect_under(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        """Fetch what an index lists under values that were not asked for yet, in one statement."""
        definition.indexes[index]
        space = self.space(definition)
        wanted = {digest(value) for value in values}
        missing = [under for under in wanted if (space, index, under) not in self._hits]
        if space is None or not missing:
            return
        listed = self._by_index(definition, index, sql.UNDER, given_values=missing)
        if listed is None:
            listed = [
                (under, row.position, row.key, row.body)
                for row in self.rows(definition)
                for under in row.under(definition, index).intersection(missing)
            ]
        for under in missing:
            self._hits[space, index, under] = self._fresh_keys(space, index, under)
        for under, *row in listed:
            if under is not None:
                self._hit(space, index, under, row)

    def under_page(self, definition: Definition, index: str, value: Hashable, start: int, count: int) -> list[Row]:
        """A part of what `under` gives."""
        asked = {"given_values": [digest(value)], "given_start": max(start, 0), "given_count": max(count, 0)}
        listed = self._exact_by_index(definition, index, sql.UNDER_PAGE, **asked)
        if listed is None:
            return self.under(definition, index, value)[max(start, 0) : max(start, 0) + max(count, 0)]
        return [Row(*row) for under, *row in listed if under is not None]

    def count(self, definition: Definition, index: str, value: Hashable) -> int:
        held = self._hits.get((self.space(definition) or 0, index, digest(value)))
        if held is not None:
            return len(held)
        counted = self._exact_by_index(definition, index, sql.COUNT, given_values=[digest(value)])
        return len(self.under(definition, index, value)) if counted is None else int(counted[0][0])

    def has(self, definition: Definition, index: str, value: Hashable) -> bool:
        held = self._hits.get((self.space(definition) or 0, index, digest(value)))
        if held is not None:
            return bool(held)
        found = self._by_index(definition, index, sql.HAS, given_values=[digest(value)])
        return bool(self.under(definition, index, value) if found is None else found[0][0])

    def select(self, definition: Definition, condition: Condition) -> list[Row]:
        """The rows that satisfy a condition over indexes."""
        space = self.exact(definition)
        if space is None:
            return []
        if space not in self._built:
            self._built[space] = dict(map(tuple, self.run(sql.BUILT, given_space=space)))
        query = positions(condition, space, self._built[space])
        if query is None:
            return [row for row in self.rows(definition) if evaluate(condition, definition, row)]
        return self._hold(space, self.run(sql.selected(query), given_space=space))

    # ── by place ──

    def page(self, definition: Definition, start: int, count: int) -> list[Row]:
        return self._part(definition, sql.PAGE, max(start, 0), count)

    def page_after(self, definition: Definition, position: int, count: int) -> list[Row]:
        return self._part(definition, sql.PAGE_AFTER, position, count)

    def last(self, definition: Definition) -> Row | None:
        space = self.exact(definition)
        found = [] if space is None else self.run(sql.LAST, given_space=space)
        return self._hold_one(space, found[0][:3]) if space is not None and found else None

    def rows(self, definition: Definition) -> Iterator[Row]:
        """All rows, read in chunks; they are not kept."""
        space = self.exact(definition)
        position, full = 0, space is not None
        while full:
            asked = {"given_start": position, "given_count": CHUNK}
            chunk = [Row(*row) for row in self.run(sql.PAGE_AFTER, given_space=space, **asked)]
            yield from chunk
            position, full = chunk[-1].position if chunk else 0, len(chunk) == CHUNK

    def length(self, definition: Definition) -> int:
        space = self.space(definition)
        return 0 if space is None else int(self.run(sql.LENGTH, given_space=space)[0][0])

    def names(self) -> list[str]:
        """The logical tables that hold anything."""
        return sorted(name for (name,) in self.run(sql.NAMES))

    # ── by number ──

    def above(self, definition: Definition, number: int) -> list[Row]:
        if number >= HIGHEST_NUMBER or definition.ordered_by is None:
            return []
        asked = max(number, -HIGHEST_NUMBER)
        listed = self._exact_by_index(definition, _order(definition), sql.ABOVE, given_number=asked)
        if listed is None:
            newer = [(definition.number(row.record) or 0, row) for row in self.rows(definition)]
            return [row for held, row in sorted(newer, key=lambda pair: pair[0]) if held > number]
        return [Row(*row) for held, *row in listed if held is not None]

    def highest(self, definition: Definition) -> int:
        if definition.ordered_by is None:
            return 0
        listed = self._exact_by_index(definition, _order(definition), sql.HIGHEST)
        if listed is None:
            return max((definition.number(row.record) or 0 for row in self.rows(definition)), default=0)
        return int(listed[0][0] or 0)

    # ── statements ──

    def space(self, definition: Definition) -> int | None:
        """The id of a logical table, None while nothing was ever written to it."""
        held = self.memory.spaces.get(definition.name)
        if held is None and definition.name not in self._unknown:
            found = self.run(sql.SPACE, given_name=definition.name)
            if found:
                held = self.memory.spaces[definition.name] = int(found[0][0])
            else:
                self._unknown.add(definition.name)
        return held

    def exact(self, definition: Definition) -> int | None:
        """The space, when the database itself says all that this unit knows of it."""
        return self.space(definition)

    def run(self, statement: Executable, **given: Any) -> Sequence[Any]:
        """The lines of one statement; raises StorageFailed, from then on for every statement."""
        if self.failure is not None:
            raise self.failure
        try:
            result = self._connection.execute(statement, given)
            return result.all() if result.returns_rows else ()
        except DATABASE_ERRORS as error:
            self.failure = storage_failed(error, self.doing)
            raise self.failure from None

    def run_rows(self, statement: Executable, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """The lines of one statement over the columns `names` of these rows; nothing for no rows."""
        if not rows:
            return ()
        columns = map(list, zip(*rows, strict=True))
        return self.run(statement, **{f"given_{name}": column for name, column in zip(names, columns, strict=True)})

    def _by_index(self, definition: Definition, index: str, statement: Executable, **given: Any) -> Any:
        """The lines of a statement that begins with an index; None while the index is not built."""
        space = self.space(definition)
        if space is None:
            return None
        return self.run(statement, given_space=space, given_name=index, **given) or None

    def _exact_by_index(self, definition: Definition, index: str, statement: Executable, **given: Any) -> Any:
        self.exact(definition)
        return self._by_index(definition, index, statement, **given)

    def _part(self, definition: Definition, statement: Executable, start: int, count: int) -> list[Row]:
        space = self.exact(definition)
        if space is None or count <= 0 or start >= HIGHEST_NUMBER:
            return []
        count = min(count, HIGHEST_NUMBER)
        return self._hold(space, self.run(statement, given_space=space, given_start=start, given_count=count))

    # ── what is held ──

    def _hold(self, space: int, listed: Iterable[Any]) -> list[Row]:
        return [self._hold_one(space, row) for row in listed]

    def _hold_one(self, space: int, row: Any) -> Row:
        """The row as it is held: a version that was read before stays, so that it is parsed once."""
        held = self._held.get((space, row[1]))
        if held is None or held.position != row[0] or held.body != row[2]:
            held = self._held[space, row[1]] = Row(*row)
        return held

    def _fresh_keys(self, space: int, index: str, under: bytes) -> dict[str, None]:
        """What an index lists that the database does not know of yet."""
        return {}

    def _hit(self, space: int, index: str, under: bytes, row: Any) -> None:
        """Take over what the database lists."""
        self._hits[space, index, under][self._hold_one(space, row).key] = None


def current_unit(memory: Memory, what: str) -> Unit:
    """The unit of a database that the caller runs in; raises RuntimeError where there is none."""
    unit = CURRENT.get()
    if unit is None or unit.over or unit.memory is not memory:
        raise RuntimeError(f"{what} outside a unit of work: expected `await tables.read(work)` or `tables.write(work)`")
    return unit


CURRENT: ContextVar[Unit | None] = ContextVar("unit of work on PostgreSQL", default=None)


def _position(row: Row) -> int:
    return row.position


def _order(definition: Definition) -> str:
    return ORDER + (definition.ordered_by or "")
