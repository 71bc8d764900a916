"""A batch of units of work that write: what they committed lies over the database until it is written in few statements.

The writers' lock is held, so what was read stays true. A change waits in the overlay; reads by key and by index value are
answered from both, and a read that cannot be (a page, a count) has the overlay written first. A record that is put
without having been looked up is *unsettled*: whether it is new is asked for many at once, when somebody must know.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from sqlalchemy import Connection, Executable

from reference_server.storage.postgres import statements as sql
from reference_server.storage.postgres.changes import Change, entry_changes, record_changes
from reference_server.storage.postgres.rows import Definition, Row, digest
from reference_server.storage.postgres.spaces import Spaces, SpaceState
from reference_server.storage.postgres.unit import Memory, Under, Unit
from reference_server.storage.tables import Condition

Step = tuple[Definition, str | None, Row | None]  # no key: every record of the table; no row: remove it


class WriteUnit(Unit):
    """The units of one batch, one after the other."""

    doing = "written"

    def __init__(self, connection: Connection, memory: Memory, recent: Iterable[int]) -> None:
        super().__init__(connection, memory)
        self._changes: dict[int, dict[str, Change]] = {}
        self._unsettled: dict[int, dict[str, bool]] = {}  # in the order they came; whether the database may have them
        self._fresh: dict[Under, dict[str, None]] = {}  # keys of changed rows, where the hits were not asked for
        self._last: dict[int, Row] = {}
        self._highest: dict[int, int] = {}
        self._top: dict[int, str] = {}  # no key of the table is higher
        self.run(sql.LOCK)
        self.spaces = Spaces(self, recent)

    # ── commits ──

    def apply(self, steps: Iterable[Step]) -> None:
        """Take over what a transaction staged."""
        for definition, key, row in steps:
            if row is not None:
                self._put(definition, self.spaces.opened(definition), row)
            elif (state := self.spaces.state(definition)) is None:
                continue
            elif key is None:
                self._drop(state)
            else:
                self._remove(definition, state, key)

    def _put(self, definition: Definition, state: SpaceState, row: Row) -> None:
        place = (state.id, row.key)
        known, before = place in self._held, self._held.get(place)
        change = self._changes.setdefault(state.id, {}).setdefault(row.key, Change(definition, before, None))
        change.after = self._held[place] = row
        self._relist(definition, state.id, before, row)
        unsettled = self._unsettled.setdefault(state.id, {})
        if before is None:
            top = self._top.get(state.id)
            unsettled[row.key] = not known and (top is None or row.key <= top)
            if top is not None:
                self._top[state.id] = max(top, row.key)
        elif row.key not in unsettled:
            row.position = before.position
            if self._last.get(state.id) is before:
                self._last[state.id] = row
        if state.id in self._highest:
            self._highest[state.id] = max(self._highest[state.id], definition.number(row.record) or 0)

    def _remove(self, definition: Definition, state: SpaceState, key: str) -> None:
        before = self.row(definition, key)
        if before is None:
            return
        self.settle(state.id)
        change = self._changes.setdefault(state.id, {}).setdefault(key, Change(definition, before, None))
        change.after = self._held[state.id, key] = None
        self._relist(definition, state.id, before, None)
        self._last.pop(state.id, None)
        self._highest.pop(state.id, None)
        state.rows -= 1

    def _drop(self, state: SpaceState) -> None:
        self.flush()
        self.run(sql.EMPTY_INDEXES, given_indexes=[id_ for id_, _ in state.indexes.values()])
        self.run(sql.EMPTY_SPACE, given_space=state.id)
        state.rows = 0
        self._held = {place: row for place, row in self._held.items() if place[0] != state.id}
        self._hits = {under: keys for under, keys in self._hits.items() if under[0] != state.id}
        self._last.pop(state.id, None)
        self._highest.pop(state.id, None)

    def _relist(self, definition: Definition, space: int, before: Row | None, after: Row | None) -> None:
        """Let the hits that are at hand follow a change."""
        for index in definition.indexes:
            for under in before.under(definition, index) if before else ():
                for listed in (self._hits, self._fresh):
                    if (space, index, under) in listed:
                        listed[space, index, under].pop(before.key, None)  # type: ignore[union-attr]
            for under in after.under(definition, index) if after else ():
                hits = self._hits.get((space, index, under))
                listing = self._fresh.setdefault((space, index, under), {}) if hits is None else hits
                listing[after.key] = None  # type: ignore[union-attr]

    def settle(self, space: int) -> None:
        """Give every record that was put to a table its place: the one it has, or the next."""
        unsettled = self._unsettled.get(space)
        if not unsettled:
            return
        asked = [key for key, unknown in unsettled.items() if unknown]
        found = self.run(sql.BY_KEYS, given_space=space, given_keys=asked) if asked else ()
        self._place(space, {row[1]: Row(*row) for row in found})

    def _place(self, space: int, held: dict[str, Row]) -> None:
        """Settle with what the database holds under the keys that were not known."""
        state = self.spaces.states[space]
        for key, unknown in self._unsettled.pop(space).items():
            change = self._changes[space][key]
            assert change.after is not None
            if unknown:
                change.before = held.get(key)
            if key in held:
                change.after.position = held[key].position
            else:
                change.after.position = state.take()
                self._last[space] = change.after

    # ── writing ──

    def flush(self) -> None:
        """Write the overlay: five statements at the most, however many records."""
        if not self._changes:
            return
        self._settle_all()
        changes = {space: list(changed.values()) for space, changed in self._changes.items()}
        for changed in changes.values():
            self.spaces.opened(changed[0].definition)
        ids = {space: self.spaces.states[space].index_ids() for space in changes}
        removed, put = record_changes(changes)
        unlisted, listed = entry_changes(changes, ids)
        self.run_rows(sql.UNLIST, ("index", "value", "position"), unlisted)
        self.run_rows(sql.REMOVE, ("space", "position"), removed)
        self.run_rows(sql.PUT, ("space", "position", "key", "number", "body"), put)
        self.run_rows(sql.LIST, ("index", "value", "position"), listed)
        self._changes.clear()
        self._fresh.clear()

    def _settle_all(self) -> None:
        """`settle`, for all tables in one statement."""
        asked = [(space, key) for space, keys in self._unsettled.items() for key, unknown in keys.items() if unknown]
        found = self.run_rows(sql.BY_PAIRS, ("space", "key"), asked)
        held: dict[int, dict[str, Row]] = {}
        for space, *row in found:
            held.setdefault(space, {})[row[1]] = Row(*row)
        for space in list(self._unsettled):
            self._place(space, held.get(space, {}))

    def finish(self) -> None:
        """Write all that is left of the batch; then it can be committed."""
        self.flush()
        self.run_rows(sql.COUNTED, ("id", "rows", "next_position"), self.spaces.counted())

    # ── reading through the overlay ──

    def space(self, definition: Definition) -> int | None:
        made = self.spaces.made.get(definition.name)
        return super().space(definition) if made is None else made

    def exact(self, definition: Definition) -> int | None:
        space = self.space(definition)
        if space in self._changes:
            self.flush()
        return space

    def position(self, definition: Definition, key: str) -> int:
        row = self.row(definition, key)
        if row is not None and row.position == 0:
            self.settle(self.space(definition) or 0)
        return row.position if row else 0

    def under(self, definition: Definition, index: str, value: Hashable) -> list[Row]:
        self.expect_under(definition, index, (value,))
        space = self.space(definition)
        if space in self._unsettled and len(self._hits[space, index, digest(value)]) > 1:
            self.settle(space)
        return super().under(definition, index, value)

    def expect_under(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        space = self.space(definition)
        if space in self._changes and self.spaces.states[space].ready is not definition.kept:
            self.flush()  # an index that the changes were made without
        super().expect_under(definition, index, values)

    def has(self, definition: Definition, index: str, value: Hashable) -> bool:
        space = self.space(definition)
        if self._fresh.get((space or 0, index, digest(value))):
            return True
        if space in self._changes:  # what the database lists may have changed: ask which records
            return bool(self.under(definition, index, value))
        return super().has(definition, index, value)

    def last(self, definition: Definition) -> Row | None:
        space = self.space(definition)
        if space is None:
            return None
        self.settle(space)
        if space not in self._last:
            self.exact(definition)
            found = self.run(sql.LAST, given_space=space)
            self._top[space] = found[0][3] if found else ""
            if not found:
                return None
            self._last[space] = self._hold_one(space, found[0][:3])
        return self._last[space]

    def highest(self, definition: Definition) -> int:
        space = self.space(definition)
        if space is None:
            return 0
        if space not in self._highest:
            self._highest[space] = super().highest(definition)
        return self._highest[space]

    def page(self, definition: Definition, start: int, count: int) -> list[Row]:
        self.finish()  # the statement goes by the counts as well
        return super().page(definition, start, count)

    def rows(self, definition: Definition) -> Any:
        """All rows at once: what the unit commits while it goes through them changes nothing about them."""
        return iter(list(super().rows(definition)))

    def length(self, definition: Definition) -> int:
        state = self.spaces.state(definition)
        if state is None:
            return 0
        self.settle(state.id)
        return state.rows

    def names(self) -> list[str]:
        self.finish()
        return super().names()

    def _by_index(self, definition: Definition, index: str, statement: Executable, **given: Any) -> Any:
        listed = super()._by_index(definition, index, statement, **given)
        if listed is None and self.space(definition) is not None:
            self.spaces.opened(definition)  # builds what is missing
            listed = super()._by_index(definition, index, statement, **given)
        return listed

    def select(self, definition: Definition, condition: Condition) -> list[Row]:
        space = self.exact(definition)
        if space is not None:
            self.spaces.opened(definition)
            self._built[space] = self.spaces.states[space].index_ids()
        return super().select(definition, condition)

    def _fresh_keys(self, space: int, index: str, under: bytes) -> dict[str, None]:
        return self._fresh.pop((space, index, under), {})

    def _hit(self, space: int, index: str, under: bytes, row: Any) -> None:
        if row[1] not in self._changes.get(space, ()):
            super()._hit(space, index, under, row)

    def _hold_one(self, space: int, row: Any) -> Row:
        held = self._held.get((space, row[1]))
        if held is None:
            held = self._held[space, row[1]] = Row(*row)
        return held
