"""A unit of work that reads, in one of the `greenlets`. Its look-ups are gathered with those of other units (see `gathering`).

Each of its statements sees the newest committed state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable

from reference_server.scale.postgres.errors import IndexNotBuilt
from reference_server.scale.postgres.gathering import Gathering, Lanes
from reference_server.scale.postgres.greenlets import wait
from reference_server.scale.postgres.lookups import Answers, Asked, Kind
from reference_server.scale.postgres.rows import Definition, Memory
from reference_server.scale.postgres.unit import Unit
from reference_server.storage.tables import StorageFailed


class ReadUnit(Unit):
    """One unit that reads."""

    def __init__(self, memory: Memory, gathering: Gathering, lanes: Lanes) -> None:
        super().__init__(memory)
        self._gathering = gathering
        self._lanes = lanes  # for statements that cannot be gathered

    def fetch(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
        return wait(self._lanes.fetch(statement, given))

    def execute(self, statement: Executable) -> Sequence[Any]:
        return wait(self._lanes.execute(statement))

    def answers(self, asked: Mapping[Kind, Sequence[Asked]]) -> Mapping[Kind, Answers]:
        self.check()
        try:
            return wait(self._gathering.ask(asked))
        except StorageFailed as failure:
            self.failure = failure
            raise

    def build(self, definition: Definition) -> None:
        """End here: a writing unit builds the index."""
        self.failure = IndexNotBuilt(f"table {definition.name} has an index that is not built yet")
        raise self.failure
