"""The rows that a unit of work has read so far: by key, by index value, and the last one of a table.

Code that reads one record after another needs only one look-up if `prefetch` announced the records: what was announced is
looked up together with the next row that is needed.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable
from operator import attrgetter
from typing import Any

from reference_server.scale.postgres.lookups import COUNTED, LAST, LISTED, RECORD, SPACE, Asked, Kind
from reference_server.scale.postgres.rows import Change, Definition, Memory, Row, digest, storable
from reference_server.scale.postgres.session import Session

Place = tuple[int, str]  # space, key
Under = tuple[int, str, bytes]  # space, index, digest of a value


class CachedRows(Session):
    """Reads rows and keeps them for the rest of the unit."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._held: dict[Place, Row | None] = {}
        self._hits: dict[Under, dict[str, Row]] = {}  # complete for the index values in `_asked`, partial for others
        self._asked: set[Under] = set()
        self._counted: dict[Under, int] = {}
        self._last: dict[tuple[int], Row | None] = {}  # by space
        self._unknown: set[tuple[str]] = set()  # names of logical tables that do not exist
        self._changes: dict[int, dict[str, Change]] = {}  # unwritten changes by space and key
        self._wanted: dict[Kind, dict[Asked, Definition | None]] = {}  # announced, but not looked up yet
        self._known: dict[Kind, Container[Asked]] = {
            RECORD: self._held,
            LISTED: self._asked,
            COUNTED: self._counted,
            LAST: self._last,
            SPACE: self._unknown,
        }

    def space(self, definition: Definition) -> int | None:
        """The id of a logical table, or None if it was never written to."""
        held = self.memory.spaces.get(definition.name)
        return self._space_of(definition) if held is None else held

    def _space_of(self, definition: Definition) -> int | None:
        """Look up the id of a table that this process does not know yet."""
        if (definition.name,) not in self._unknown:
            self._want(SPACE, (definition.name,), definition)
            self.look_up()
        return self.memory.spaces.get(definition.name)

    # ── by key ──

    def row(self, definition: Definition, key: str) -> Row | None:
        """The row with a key."""
        space = self.space(definition)
        if space is None:
            return None
        place = space, key
        if place not in self._held:
            self.prefetch(definition, (key,))
            self.look_up()
        return self._held.get(place)

    def prefetch(self, definition: Definition, keys: Iterable[str]) -> None:
        """Announce rows that will be needed."""
        space = self.space(definition)
        if space is not None:
            for key in keys:
                if storable(key):
                    self._want(RECORD, (space, key), definition)

    def expect_new(self, definition: Definition, key: str) -> None:
        """Assume that no record has this key."""
        space = self.space(definition)
        if space is not None:
            self._held.setdefault((space, key), None)

    # ── by index ──

    def under(self, definition: Definition, index: str, value: Hashable) -> list[Row]:
        """The rows that an index lists under a value, in the order of insertion."""
        self.must_have(definition, index)
        space = self.space(definition)
        if space is None:
            return []
        under = space, index, digest(value)
        if under not in self._asked:
            self.prefetch_found(definition, index, (value,))
            self.look_up()
        hits = self._hits[under]
        return sorted(hits.values(), key=attrgetter("position")) if hits else []

    def prefetch_found(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        """Announce index values whose rows will be needed."""
        self.must_have(definition, index)
        space = self.space(definition)
        if space is not None:
            for value in values:
                self._want(LISTED, (space, index, digest(value)), definition)

    def expect_none_found(self, definition: Definition, index: str, value: Hashable) -> None:
        """Assume that the index lists no record under this value."""
        space = self.space(definition)
        if space is not None:
            under = space, index, digest(value)
            self._hits.setdefault(under, {})
            self._asked.add(under)

    def count(self, definition: Definition, index: str, value: Hashable) -> int:
        """The number of rows that an index lists under a value."""
        self.must_have(definition, index)
        space = self.space(definition)
        if space is None:
            return 0
        under = space, index, digest(value)
        if under in self._asked:
            return len(self._hits[under])
        if under not in self._counted:
            self._want(COUNTED, under, definition)
            self.look_up()
        return self._counted[under]

    def must_have(self, definition: Definition, index: str) -> None:
        if index not in definition.kept:
            raise KeyError(f"table {definition.name} has no index {index}")

    def build(self, definition: Definition) -> None:
        """Called if an index of the table is not built."""
        raise NotImplementedError

    # ── the last row ──

    def last(self, definition: Definition) -> Row | None:
        """The row that was inserted last."""
        space = self.space(definition)
        if space is None:
            return None
        if (space,) not in self._last:
            self.prefetch_last(definition)
            self.look_up()
        return self._last[space,]

    def prefetch_last(self, definition: Definition) -> None:
        """Announce that the last row will be needed."""
        space = self.space(definition)
        if space is not None:
            self._want(LAST, (space,), definition)

    # ── look-ups ──

    def _want(self, kind: Kind, asked: Asked, definition: Definition | None) -> None:
        if asked not in self._known[kind]:
            self._wanted.setdefault(kind, {})[asked] = definition

    def look_up(self) -> None:
        """Read everything that was announced and is not cached yet."""
        asked: dict[Kind, list[Asked]] = {}
        for kind, its in self._wanted.items():
            unknown = [one for one in its if one not in self._known[kind]]
            if unknown:
                asked[kind] = unknown
        found = self.answers(asked) if asked else {}
        wanted, self._wanted = self._wanted, {}
        for kind, ones in asked.items():
            answers = found[kind]
            for one in ones:
                answer = answers[one]
                if answer is None and (kind is LISTED or kind is COUNTED):
                    answer = self._once_built(wanted[kind][one], kind, one)
                self._keep(kind, one, answer)

    def _keep(self, kind: Kind, asked: Any, answer: Any) -> None:
        if kind is RECORD:
            self._held.setdefault(asked, answer)
        elif kind is LISTED:
            self._list(asked, answer)
        elif kind is COUNTED:
            self._counted[asked] = answer
        elif kind is LAST:
            self._last[asked] = answer and self._hold(asked[0], answer)
        elif answer is None:
            self._unknown.add(asked)
            self.memory.missing.add(asked)
        else:
            self.memory.spaces.setdefault(asked[0], answer)
            self.memory.missing.discard(asked)

    def _once_built(self, definition: Definition | None, kind: Kind, under: Asked) -> Any:
        """The answer to a look-up in an index that was not built."""
        assert definition is not None
        self.build(definition)
        return self.answers({kind: [under]})[kind][under]

    def _list(self, under: Under, rows: Iterable[Row]) -> None:
        """Keep the rows that the database lists under an index value. Rows with unwritten changes are already right."""
        changed = self._changes.get(under[0], {})
        hits = self._hits.setdefault(under, {})
        self._asked.add(under)
        for row in rows:
            if row.key not in changed:
                hits[row.key] = self._hold(under[0], row)

    # ── cache ──

    def _forget(self, space: int) -> None:
        """Drop everything that is cached of a logical table."""
        caches: tuple[dict[Any, Any], ...] = (self._held, self._hits, self._counted, self._last)
        for cached in caches:
            for key in [key for key in cached if key[0] == space]:
                del cached[key]
        self._asked -= {under for under in self._asked if under[0] == space}

    def _hold_all(self, space: int, listed: Iterable[Any]) -> list[Row]:
        return [self._hold(space, Row(*row)) for row in listed]

    def _hold(self, space: int, row: Row) -> Row:
        """The cached row; an earlier object for the same version is kept, so that it is parsed only once."""
        held = self._held.get((space, row.key))
        if held is None or held.position != row.position or held.body != row.body:
            held = self._held[space, row.key] = row
        return held
