"""A unit of work that reads. Its look-ups are gathered with those of other units (see `gathering`).

Each of its statements sees the newest committed state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.util import await_only

from reference_server.scale.postgres.errors import IndexNotBuilt
from reference_server.scale.postgres.gathering import Gathering
from reference_server.scale.postgres.lookups import Answers, Asked, Kind
from reference_server.scale.postgres.rows import Definition, Memory
from reference_server.scale.postgres.unit import Unit
from reference_server.storage.tables import StorageFailed


class ReadUnit(Unit):
    """One unit that reads. It takes a connection of its own only for a statement that cannot be gathered."""

    def __init__(self, memory: Memory, gatherings: Mapping[Kind, Gathering], readers: Engine) -> None:
        super().__init__(memory)
        self._gatherings = gatherings
        self._readers = readers
        self._connection: Connection | None = None

    def connection(self) -> Connection:
        if self._connection is None:
            self._connection = self._readers.connect()
        return self._connection

    def close(self) -> None:
        """Give the connection back to the pool."""
        if self._connection is not None:
            self._connection.close()

    def answers(self, *asked: tuple[Kind, Sequence[Asked]]) -> list[Answers]:
        self.check()
        waiting = [self._gatherings[kind].ask(its) for kind, its in asked]
        try:
            return [await_only(answers) for answers in waiting]
        except StorageFailed as failure:
            self.failure = failure
            raise
        finally:
            for answers in waiting:
                if not answers.cancel() and not answers.cancelled():
                    answers.exception()  # marks the failure of a second look-up as handled

    def build(self, definition: Definition) -> None:
        """End here: a writing unit builds the index."""
        self.failure = IndexNotBuilt(f"table {definition.name} has an index that is not built yet")
        raise self.failure
