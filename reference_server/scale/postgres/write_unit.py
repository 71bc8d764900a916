"""A batch of writing units of work: changes are kept in memory until a few statements write all of them.

The batch holds the writers' lock, so the rows that it has read remain valid. Reads by key and by index value combine the
database with the unwritten changes; before every other read (a page, a count), the changes are written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any
from weakref import proxy

from sqlalchemy import Connection, Executable

from reference_server import turns
from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.cached_rows import Under
from reference_server.scale.postgres.execute import control, execute, fetch
from reference_server.scale.postgres.logical_tables import Spaces, SpaceState
from reference_server.scale.postgres.lookups import (
    COUNTED,
    LAST,
    SPACE,
    STATE,
    Answers,
    Asked,
    Kind,
    answers,
    statement,
)
from reference_server.scale.postgres.rows import Change, Definition, Memory, Row
from reference_server.scale.postgres.unit import Unit

# Without a key: every record of the table. Without a row: remove the record. A number: the position to skip to.
Step = tuple[Definition, str | None, Row | int | None]

Staged = dict[sql.Rows, list[tuple[Any, ...]]]

DELETIONS = (sql.UNLIST, sql.REMOVE)


class WriteUnit(Unit):
    """The units of one batch, which run one after another."""

    doing = "written"

    def __init__(self, connection: Connection, memory: Memory, recent: Iterable[int]) -> None:
        super().__init__(memory)
        self._connection = connection
        self.send(control, connection, sql.BEGIN)
        # A weak reference avoids a cycle, so that everything that a batch has read is freed without a garbage collection.
        self.spaces = Spaces(proxy(self))
        self._loaded: set[Asked] = set()
        self._known[STATE] = self._loaded
        # What the batch probably needs is looked up together with the first record that it needs.
        for space in recent:
            self._want(STATE, (space,), None)
        for name in memory.missing:
            self._want(SPACE, name, None)

    def fetch(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
        return fetch(self._connection, statement, given)

    def execute(self, statement: Executable) -> Sequence[Any]:
        return execute(self._connection, statement, {})

    # ── look-ups ──

    def answers(self, asked: Mapping[Kind, Sequence[Asked]]) -> Mapping[Kind, Answers]:
        wanted, given = statement(asked)
        return answers(asked, self.run(wanted, **given))

    def send(self, how: Callable[..., Sequence[Any]], *what: Any) -> Sequence[Any]:
        turns.set_aside()  # if others also wait, so that what all of them need is looked up together
        return super().send(how, *what)

    def load_state(self, space: int) -> None:
        self._want(STATE, (space,), None)
        self.look_up()

    # ── commits ──

    def apply(self, steps: Sequence[Step]) -> None:
        """Apply the changes that a transaction staged."""
        self._read_replaced(steps)
        turns.hold()  # the unit must not run again, because its changes are visible to the next one
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

    def _read_replaced(self, steps: Iterable[Step]) -> None:
        """Look up the records that these steps replace or remove, and the tables that they change."""
        for definition, key, row in steps:
            self.spaces.opened(definition) if row is not None else self.spaces.state(definition)
            if key is not None:
                self.prefetch(definition, (key,))
        self.look_up()

    def _put(self, definition: Definition, state: SpaceState, row: Row) -> None:
        before = self._held.get((state.id, row.key))
        row.position = before.position if before else state.take()
        self._change(definition, state, row.key, before, row)
        if before is None or self._last.get((state.id,)) is before:
            self._last[state.id,] = row
        if definition.order in state.highest:
            state.highest[definition.order] = max(state.highest[definition.order], definition.number(row.record) or 0)

    def _remove(self, definition: Definition, state: SpaceState, key: str) -> None:
        before = self._held.get((state.id, key))
        if before is None:
            return
        self._change(definition, state, key, before, None)
        state.lose(before.position, before.position)
        state.rows -= 1
        if (definition.number(before.record) or 0) >= state.highest.get(definition.order, 0):
            state.highest.clear()
        self._last.pop((state.id,), None)

    def _drop(self, state: SpaceState) -> None:
        self.flush()
        self.run(sql.EMPTY_INDEXES, given_indexes=list(state.index_ids().values()))
        self.run(sql.EMPTY_SPACE, given_space=state.id)
        self.run(sql.EMPTY_GAPS, given_space=state.id)
        state.lose_all()
        state.highest.clear()
        self._last.pop((state.id,), None)
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
        for index, value in before.listed(definition) if before else ():
            under = state.id, index, value
            if under in self._hits:
                self._hits[under].pop(key, None)
            if under in self._counted:
                self._counted[under] -= 1
        for index, value in after.listed(definition) if after else ():
            under = state.id, index, value
            self._hits.setdefault(under, {})[key] = after  # type: ignore[assignment]
            if under in self._counted:
                self._counted[under] += 1

    # ── writing ──

    def flush(self) -> None:
        """Write the unwritten changes in at most two statements, regardless of the number of records."""
        if self._changes:
            self._write(self._staged())

    def finish(self) -> None:
        """Write the remaining changes of the batch and its counts before its commit."""
        staged = self._staged()  # first, because it can build indexes
        staged[sql.COUNTED] = self.spaces.counted()
        staged[sql.LOSE] = self.spaces.lost()
        self._write(staged)

    def _staged(self) -> Staged:
        """The changes as rows of the statements that write them."""
        staged: Staged = defaultdict(list)
        for space, changes in self._changes.items():
            ids: dict[str, int] = {}
            for change in changes.values():
                # Builds an index that was added since, based on the state before the changes.
                state = self.spaces.opened(change.definition)
                ids = ids or state.index_ids()
                before, after = change.before, change.after
                stays = before is not None and after is not None and before.position == after.position
                if before and not stays:
                    staged[sql.REMOVE].append((space, before.position))
                if after:
                    row = (space, after.position, after.key, change.definition.number(after.record), after.body)
                    staged[sql.UPDATE if stays else sql.INSERT].append(row)
                gone, new = change.entries(ids)
                staged[sql.UNLIST] += gone
                staged[sql.LIST] += new
        return staged

    def _write(self, staged: Staged) -> None:
        """Write rows. Deletions come first, because a new record can have the key of a deleted one."""
        self._run_together({part: rows for part, rows in staged.items() if part in DELETIONS})
        self._run_together({part: rows for part, rows in staged.items() if part not in DELETIONS})
        self._changes.clear()

    def commit(self) -> None:
        """Commit the batch. When this returns, it is durable."""
        self.finish()
        self.send(control, self._connection, sql.COMMIT)

    def run_rows(self, statement: sql.Rows, rows: Sequence[tuple[Any, ...]]) -> None:
        """Send a statement over rows, unless there are none."""
        self._run_together({statement: rows})

    def _run_together(self, parts: Mapping[sql.Rows, Sequence[tuple[Any, ...]]]) -> None:
        """Send one statement for all parts that have rows."""
        given: dict[str, Any] = {}
        for part, rows in parts.items():
            if rows:
                given.update(part.given(rows))
        if given:
            self.run(sql.together(frozenset(part for part, rows in parts.items() if rows)), **given)

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
        if (self.space(definition),) not in self._last:
            self.exact(definition)
        return super().last(definition)

    def _keep(self, kind: Kind, asked: Any, answer: Any) -> None:
        if kind is STATE:
            self._loaded.add(asked)
            self.spaces.keep(asked[0], answer)
            return
        changes = self._changes.get(asked[0], {})
        if kind is COUNTED:
            answer += sum(_lists(it, it.after, asked) - _lists(it, it.before, asked) for it in changes.values())
        if kind is not LAST or not changes:
            super()._keep(kind, asked, answer)

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


def _lists(change: Change, row: Row | None, under: Under) -> bool:
    """Whether an index lists this version of a changed record under a value."""
    return row is not None and under[1:] in row.listed(change.definition)
