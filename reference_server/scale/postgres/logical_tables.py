"""The logical tables that a batch writes to, with their counts and indexes, which are built before the first write.

The database records which indexes are built. If a process writes to a table with an index that it does not know (from another
version or schema file), it marks the index as not built, and the next process that knows the index rebuilds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.gaps import by_block
from reference_server.scale.postgres.rows import ORDER, Definition, Row

BUILD_CHUNK = 1_000  # records per statement
FEW = 256  # records; below this number, a statement without an index is just as fast


class Runs(Protocol):
    """Sends statements and finds the ids of tables."""

    def run(self, statement: Executable, **given: Any) -> Sequence[Any]: ...

    def run_rows(self, statement: sql.Rows, rows: Sequence[tuple[Any, ...]]) -> None: ...

    def load_state(self, space: int) -> None: ...

    def space(self, definition: Definition) -> int | None: ...


class SpaceState:
    """The counts and indexes of one logical table after the batch."""

    __slots__ = ("_began", "_lost", "_read", "highest", "id", "indexes", "next_position", "ready", "rows")

    def __init__(self, id_: int, rows: int = 0, next_position: int = 1) -> None:
        self.id = id_
        self.rows = rows
        self.next_position = next_position
        self.indexes: dict[str, tuple[int, bool]] = {}  # name → id, whether it is built
        self.highest: dict[str, int] = {}  # by the name of the order; queried if missing
        self.ready: frozenset[str] | None = None  # the names of the indexes that `opened` built
        self._read = (rows, next_position)
        self._began = next_position
        self._lost: dict[int, int] = {}  # by block of positions

    def take(self) -> int:
        """Assign the next position to a new record."""
        self.rows += 1
        self.next_position += 1
        return self.next_position - 1

    def lose(self, first: int, last: int) -> None:
        """Count positions whose records were deleted or that were skipped as gaps."""
        for block, count in by_block(first, last):
            self._lost[block] = self._lost.get(block, 0) + count

    def lose_all(self) -> None:
        """Count all positions as gaps; the caller has deleted the existing gaps from the database."""
        self.rows, self._lost = 0, {}
        self.lose(1, self.next_position - 1)

    def lost(self) -> list[tuple[int, int, int]]:
        """(space, block, positions) to add to the database."""
        lost, self._lost = self._lost, {}
        return [(self.id, block, count) for block, count in lost.items()]

    def index_ids(self) -> dict[str, int]:
        return {name: id_ for name, (id_, _) in self.indexes.items()}

    @property
    def has_doubled(self) -> bool:
        """Whether the batch doubled the table, so that the database should analyze it again."""
        return self.next_position >= FEW and self.next_position.bit_length() > self._began.bit_length()

    def counted(self) -> tuple[int, int, int] | None:
        """(space, rows, next position) if they changed since the last write to the database."""
        now = (self.rows, self.next_position)
        if now == self._read:
            return None
        self._read = now
        return (self.id, *now)


class Spaces:
    """The logical tables of one batch."""

    def __init__(self, unit: Runs) -> None:
        self._unit = unit
        self.states: dict[int, SpaceState] = {}
        self.made: dict[str, int] = {}  # new tables: name → id
        self.used: set[int] = set()

    def state(self, definition: Definition) -> SpaceState | None:
        """The state of a logical table, or None if it was never written to."""
        space = self._unit.space(definition)
        if space is None:
            return None
        if space not in self.states:
            self._unit.load_state(space)
        self.used.add(space)
        return self.states[space]

    def opened(self, definition: Definition) -> SpaceState:
        """The state of a logical table before a write: created if missing, with every index built."""
        state = self.state(definition)
        if state is None:
            id_ = int(self._unit.run(sql.NEW_SPACE, given_name=definition.name)[0][0])
            state = self.states[id_] = SpaceState(id_)
            self.made[definition.name] = id_
        if state.ready is not definition.kept:
            self._see_to_indexes(definition, state)
            state.ready = definition.kept
        return state

    def counted(self) -> list[tuple[Any, ...]]:
        """The counts that changed."""
        return [counted for state in self.states.values() if (counted := state.counted()) is not None]

    def lost(self) -> list[tuple[Any, ...]]:
        """The new gaps."""
        return [lost for state in self.states.values() for lost in state.lost()]

    def keep(self, space: int, answer: tuple[Any, ...]) -> None:
        """Keep the state of a table that was looked up before the batch changed it."""
        rows, next_position, highest, indexes = answer
        state = self.states[space] = SpaceState(space, rows, next_position)
        for id_, name, built in indexes:
            state.indexes[name] = (id_, built)
            if built and highest is not None and name.startswith(ORDER):
                state.highest[name] = highest

    def _see_to_indexes(self, definition: Definition, state: SpaceState) -> None:
        foreign = [name for name, (_, built) in state.indexes.items() if built and name not in definition.kept]
        if foreign:
            ids = [state.indexes[name][0] for name in foreign]
            self._unit.run(sql.EMPTY_INDEXES, given_indexes=ids)
            self._mark(state, foreign, False)
        missing = [name for name in definition.kept if not state.indexes.get(name, (0, False))[1]]
        for name in missing:
            if name not in state.indexes:
                made = self._unit.run(sql.NEW_INDEX, given_space=state.id, given_name=name)
                state.indexes[name] = (int(made[0][0]), False)
        if missing:
            self._build(definition, state, missing)
            self._mark(state, missing, True)

    def _mark(self, state: SpaceState, names: list[str], built: bool) -> None:
        ids = [state.indexes[name][0] for name in names]
        self._unit.run(sql.MARK_BUILT, given_indexes=ids, given_built=built)
        state.indexes.update({name: (id_, built) for name, id_ in zip(names, ids, strict=True)})

    def _build(self, definition: Definition, state: SpaceState, names: list[str]) -> None:
        """Build indexes from every record in the database, in chunks."""
        position, full = 0, True
        while full:
            asked = {"given_position": position, "given_start": 0, "given_count": BUILD_CHUNK}
            rows = [Row(*row) for row in self._unit.run(sql.PAGE, given_space=state.id, **asked)]
            for name in names:
                self._build_part(definition, state, name, rows)
            full = len(rows) == BUILD_CHUNK
            position = rows[-1].position if rows else 0

    def _build_part(self, definition: Definition, state: SpaceState, name: str, rows: list[Row]) -> None:
        if name.startswith(ORDER):
            numbers = [(state.id, row.position, definition.number(row.record)) for row in rows]
            self._unit.run_rows(sql.RENUMBER, numbers)
        else:
            index = state.indexes[name][0]
            listed = [
                (index, value, row.position) for row in rows for own, value in row.listed(definition) if own == name
            ]
            self._unit.run_rows(sql.LIST, listed)
