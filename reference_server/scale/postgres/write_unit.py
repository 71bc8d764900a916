"""A batch of writing units of work: changes are kept in memory until a few statements write all of them.

The batch holds the writers' lock, so the rows that it has read remain valid. Reads by key and by index value combine the
database with the unwritten changes; before every other read (a page, a count), the changes are written.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any
from weakref import proxy

from sqlalchemy import Connection, Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.execute import execute
from reference_server.scale.postgres.logical_tables import Spaces, SpaceState
from reference_server.scale.postgres.rows import Change, Definition, Memory, Row
from reference_server.scale.postgres.unit import Unit

# Without a key: every record of the table. Without a row: remove the record. A number: the position to skip to.
Step = tuple[Definition, str | None, Row | int | None]

ROW = ("space", "position", "key", "number", "body")


class WriteUnit(Unit):
    """The units of one batch, which run one after another."""

    doing = "written"

    def __init__(self, connection: Connection, memory: Memory, recent: Iterable[int]) -> None:
        super().__init__(connection, memory)
        self._last: dict[int, Row] = {}
        self._send(execute, sql.LOCK, {})
        # A weak reference avoids a cycle, so that everything that a batch has read is freed without a garbage collection.
        self.spaces = Spaces(proxy(self), recent)

    # ── commits ──

    def apply(self, steps: Sequence[Step]) -> None:
        """Apply the changes that a transaction staged."""
        self._look_up(steps)
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

    def _look_up(self, steps: Iterable[Step]) -> None:
        """Read the records that these steps replace or remove in one statement."""
        asked: dict[tuple[int, str], None] = {}
        for definition, key, _ in steps:
            if key is not None and (space := self.space(definition)) is not None and (space, key) not in self._held:
                asked[space, key] = None
        for space, *row in self.run_rows(sql.BY_PAIRS, ("space", "key"), list(asked)):
            self._hold(space, row)

    def _put(self, definition: Definition, state: SpaceState, row: Row) -> None:
        before = self._held.get((state.id, row.key))
        row.position = before.position if before else state.take()
        self._change(definition, state, row.key, before, row)
        if before is None or self._last.get(state.id) is before:
            self._last[state.id] = row
        if definition.order in state.highest:
            state.highest[definition.order] = max(state.highest[definition.order], definition.number(row.record) or 0)

    def _remove(self, definition: Definition, state: SpaceState, key: str) -> None:
        before = self._held.get((state.id, key))
        if before is None:
            return
        self._change(definition, state, key, before, None)
        state.lose(before.position, before.position)
        state.rows -= 1
        state.highest.clear()
        self._last.pop(state.id, None)

    def _drop(self, state: SpaceState) -> None:
        self.flush()
        self.run(sql.EMPTY_INDEXES, given_indexes=list(state.index_ids().values()))
        self.run(sql.EMPTY_SPACE, given_space=state.id)
        self.run(sql.EMPTY_GAPS, given_space=state.id)
        state.lose_all()
        state.highest.clear()
        self._last.pop(state.id, None)
        self._forget(state.id)

    def _skip(self, state: SpaceState, position: int) -> None:
        if position > state.next_position:
            state.lose(state.next_position, position - 1)
            state.next_position = position

    def _change(
        self, definition: Definition, state: SpaceState, key: str, before: Row | None, after: Row | None
    ) -> None:
        """Record a change and update the caches by key and by index value."""
        change = self._changes.setdefault(state.id, {}).setdefault(key, Change(definition, before, None))
        change.after = self._held[state.id, key] = after
        for index in definition.indexes:
            for value in before.under(definition, index) if before else ():
                self._hits.get((state.id, index, value), {}).pop(key, None)
            for value in after.under(definition, index) if after else ():
                self._hits.setdefault((state.id, index, value), {})[key] = after  # type: ignore[assignment]

    # ── writing ──

    def flush(self) -> None:
        """Write the unwritten changes in at most five statements, regardless of the number of records."""
        if not self._changes:
            return
        removed: list[tuple[Any, ...]] = []
        inserted: list[tuple[Any, ...]] = []
        updated: list[tuple[Any, ...]] = []
        unlisted: list[tuple[Any, ...]] = []
        listed: list[tuple[Any, ...]] = []
        for space, changes in self._changes.items():
            for change in changes.values():
                # Builds an index that was added since, based on the state before the changes.
                self.spaces.opened(change.definition)
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

    def finish(self) -> None:
        """Write the remaining changes of the batch before its commit."""
        self.flush()
        self.run_rows(sql.COUNTED, ("id", "rows", "next_position"), self.spaces.counted())
        self.run_rows(sql.LOSE, ("space", "block", "lost"), self.spaces.lost())

    def run_rows(self, statement: Executable, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """The rows of one statement over the columns `names` of these rows; sends nothing if there are no rows."""
        if not rows:
            return ()
        columns = map(list, zip(*rows, strict=True))
        return self.run(statement, **{f"given_{name}": column for name, column in zip(names, columns, strict=True)})

    # ── reads that combine the database and the unwritten changes ──

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

    def prefetch_found(self, definition: Definition, index: str, values: Iterable[Hashable]) -> None:
        space = self.space(definition)
        if space in self._changes and self.spaces.states[space].ready != definition.kept:
            self.flush()  # the changes were made without an index that was added since
        super().prefetch_found(definition, index, values)

    def page(self, definition: Definition, start: int, count: int) -> list[Row]:
        self.finish()  # includes the gaps
        return super().page(definition, start, count)

    def last(self, definition: Definition) -> Row | None:
        space = self.space(definition)
        if space is None:
            return None
        if space not in self._last and (found := super().last(definition)):
            self._last[space] = found
        return self._last.get(space)

    def highest(self, definition: Definition) -> int:
        state = self.spaces.state(definition) if definition.ordered_by else None
        if state is None:
            return 0
        if definition.order not in state.highest:
            state.highest[definition.order] = super().highest(definition)
        return state.highest[definition.order]

    def counts(self, definition: Definition) -> tuple[int, int]:
        state = self.spaces.state(definition)
        return (state.rows, state.next_position) if state else (0, 1)

    def positions(self) -> dict[str, int]:
        self.finish()
        return super().positions()
