"""A batch of units of work that write: what they committed lies over the database until it is written in few statements.

The writers' lock is held, so what was read stays true. A change waits in the overlay; reads by key and by index value are
answered from both, and a read that cannot be (a page, a count) has the overlay written first. A record that is put
without having been looked up is *unsettled*: whether it is new is asked for many at once, when somebody must know.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any
from weakref import proxy

from sqlalchemy import Connection, Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.execute import execute
from reference_server.scale.postgres.logical_tables import Spaces, SpaceState
from reference_server.scale.postgres.rows import Change, Definition, Memory, Row
from reference_server.scale.postgres.unit import Under, Unit

# No key: every record of the table; no row: remove it; a number: the position to skip to.
Step = tuple[Definition, str | None, Row | int | None]


ROW = ("space", "position", "key", "number", "body")


class WriteUnit(Unit):
    """The units of one batch, one after the other."""

    doing = "written"

    def __init__(self, connection: Connection, memory: Memory, recent: Iterable[int]) -> None:
        super().__init__(connection, memory)
        self._changes: dict[int, dict[str, Change]] = {}
        self._unsettled: dict[int, dict[str, bool]] = {}  # in the order they came; whether the database may have them
        self._fresh: dict[Under, dict[str, Row]] = {}  # changed rows by index, where the hits were not asked for
        self._last: dict[int, Row] = {}
        self._top: dict[int, str] = {}  # the database has no key above, as far as this batch did not put it there
        self._send(execute, sql.LOCK, {})
        # Without a circle all that a batch read is gone with it; the server calls the garbage collector seldom.
        self.spaces = Spaces(proxy(self), recent)

    # ── commits ──

    def apply(self, steps: Iterable[Step]) -> None:
        """Take over what a transaction staged."""
        for definition, key, row in steps:
            if isinstance(row, int):
                self._skip(self.spaces.opened(definition), row)
            elif row is not None:
                self._put(definition, self.spaces.opened(definition), row)
            elif (state := self.spaces.state(definition)) is None:
                continue
            elif key is None:
                self._drop(state)
            else:
                self._remove(definition, state, key)

    def _put(self, definition: Definition, state: SpaceState, row: Row) -> None:
        known, before = self._change(definition, state, row.key, row)
        unsettled = self._unsettled.setdefault(state.id, {})
        if before is None:
            unsettled[row.key] = not known and not row.key > self._top.get(state.id, row.key)
        elif row.key not in unsettled:
            row.position = before.position
            if self._last.get(state.id) is before:
                self._last[state.id] = row
        if definition.order in state.highest:
            state.highest[definition.order] = max(state.highest[definition.order], definition.number(row.record) or 0)

    def _remove(self, definition: Definition, state: SpaceState, key: str) -> None:
        row = self.row(definition, key)
        if row is None:
            return
        self._settle([state.id])
        state.lose(row.position, row.position)
        self._change(definition, state, key, None)
        self._last.pop(state.id, None)
        state.highest.clear()
        state.rows -= 1

    def _drop(self, state: SpaceState) -> None:
        self.flush()
        self.run(sql.EMPTY_INDEXES, given_indexes=list(state.index_ids().values()))
        self.run(sql.EMPTY_SPACE, given_space=state.id)
        self.run(sql.EMPTY_GAPS, given_space=state.id)
        state.lose_all()
        self._held = {place: row for place, row in self._held.items() if place[0] != state.id}
        self._hits = {under: rows for under, rows in self._hits.items() if under[0] != state.id}
        self._last.pop(state.id, None)
        state.highest.clear()

    def _skip(self, state: SpaceState, position: int) -> None:
        self._settle([state.id])
        if position > state.next_position:
            state.lose(state.next_position, position - 1)
            state.next_position = position

    def _change(
        self, definition: Definition, state: SpaceState, key: str, after: Row | None
    ) -> tuple[bool, Row | None]:
        """Let the overlay and what is at hand follow; returns (whether it was known what was there, what was there)."""
        place = state.id, key
        known, before = place in self._held, self._held.get(place)
        change = self._changes.setdefault(state.id, {}).setdefault(key, Change(definition, before, None))
        change.after = self._held[place] = after
        for index in definition.indexes:
            for under in before.under(definition, index) if before else ():
                for listing in (self._hits, self._fresh):
                    listing.get((state.id, index, under), {}).pop(key, None)
            for under in after.under(definition, index) if after else ():
                listed = state.id, index, under
                listing = self._hits if listed in self._hits else self._fresh
                listing.setdefault(listed, {})[key] = after  # type: ignore[assignment]
        return known, before

    # ── writing ──

    def flush(self) -> None:
        """Write the overlay: six statements at the most, however many records."""
        if not self._changes:
            return
        self._settle(list(self._unsettled))
        removed: list[tuple[Any, ...]] = []
        inserted: list[tuple[Any, ...]] = []
        updated: list[tuple[Any, ...]] = []
        unlisted: list[tuple[Any, ...]] = []
        listed: list[tuple[Any, ...]] = []
        for space, changes in self._changes.items():
            for change in changes.values():
                self.spaces.opened(change.definition)  # an index may have come since: it lists what was there before
                before, after = change.before, change.after
                stays = before is not None and after is not None and before.position == after.position
                if before and not stays:
                    removed.append((space, before.position))
                if after:
                    row = (space, after.position, after.key, change.definition.number(after.record), after.body)
                    (updated if stays else inserted).append(row)
                gone, new = change.entries(self.spaces.states[space].index_ids())
                unlisted += gone
                listed += new
        self.run_rows(sql.UNLIST, ("index", "value", "position"), unlisted)
        self.run_rows(sql.REMOVE, ("space", "position"), removed)
        self.run_rows(sql.INSERT, ROW, inserted)
        self.run_rows(sql.UPDATE, ROW, updated)
        self.run_rows(sql.LIST, ("index", "value", "position"), listed)
        self._changes.clear()
        self._fresh.clear()

    def finish(self) -> None:
        """Write all that is left of the batch; then it can be committed."""
        self.flush()
        self.run_rows(sql.COUNTED, ("id", "rows", "next_position"), self.spaces.counted())
        self.run_rows(sql.LOSE, ("space", "block", "lost"), self.spaces.lost())

    def run_rows(self, statement: Executable, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """The lines of one statement over the columns `names` of these rows; nothing for no rows."""
        if not rows:
            return ()
        columns = map(list, zip(*rows, strict=True))
        return self.run(statement, **{f"given_{name}": column for name, column in zip(names, columns, strict=True)})

    def _settle(self, spaces: Iterable[int]) -> None:
        """Give every record that was put to these tables its place: the one it has, or the next."""
        keys = {space: self._unsettled.pop(space) for space in spaces if space in self._unsettled}
        asked = [(space, key) for space in keys for key, unknown in keys[space].items() if unknown]
        found = {(space, row[1]): Row(*row) for space, *row in self.run_rows(sql.BY_PAIRS, ("space", "key"), asked)}
        for place in [(space, key) for space in keys for key in keys[space]]:
            change = self._changes[place[0]][place[1]]
            assert change.after is not None
            if place in found:
                change.before = found[place]
                change.after.position = change.before.position
            else:
                change.after.position = self.spaces.states[place[0]].take()
                self._last[place[0]] = change.after

    # ── reading through the overlay ──

    def _space_of(self, definition: Definition) -> int | None:
        made = self.spaces.made.get(definition.name)
        return super()._space_of(definition) if made is None else made

    def exact(self, definition: Definition) -> int | None:
        space = self.space(definition)
        if space in self._changes:
            self.flush()
        return space

    def build(self, definition: Definition) -> None:
        self.spaces.opened(definition)

    def position(self, definition: Definition, key: str) -> int:
        self._settle_table(definition)
        return super().position(definition, key)

    def prefetch_found(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        space = self.space(definition)
        if space in self._changes and self.spaces.states[space].ready != definition.kept:
            self.flush()  # the changes were made without an index that has come since
        super().prefetch_found(definition, index, values)

    def page(self, definition: Definition, start: int, count: int) -> list[Row]:
        self.finish()  # the statement goes by the counts as well
        return super().page(definition, start, count)

    def last(self, definition: Definition) -> Row | None:
        self._settle_table(definition)
        space = self.space(definition)
        if space is not None and space not in self._last:
            self.exact(definition)
            found = self.run(sql.LAST, given_space=space)
            self._top[space] = found[0][3] if found else ""
            if found:
                self._last[space] = self._hold(space, found[0][:3])
        return None if space is None else self._last.get(space)

    def highest(self, definition: Definition) -> int:
        state = self.spaces.state(definition) if definition.ordered_by else None
        if state is None:
            return 0
        if definition.order not in state.highest:
            state.highest[definition.order] = super().highest(definition)
        return state.highest[definition.order]

    def length(self, definition: Definition) -> int:
        self._settle_table(definition)
        state = self.spaces.state(definition)
        return state.rows if state else 0

    def positions(self) -> dict[str, int]:
        self.finish()
        return super().positions()

    def _settle_table(self, definition: Definition) -> None:
        space = self.space(definition)
        if space is not None:
            self._settle([space])

    def _in_order(self, definition: Definition, rows: Collection[Row]) -> list[Row]:
        if len(rows) > 1:
            self._settle_table(definition)
        return super()._in_order(definition, rows)

    def _fresh_hits(self, under: Under) -> dict[str, Row]:
        return self._fresh.pop(under, {})

    def _is_changed(self, space: int, key: str) -> bool:
        return key in self._changes.get(space, ())
