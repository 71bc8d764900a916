"""The database session of a unit of work: its connection, its first failure, and the ids of logical tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from reference_server.scale.postgres import statements as sql
from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.scale.postgres.execute import fetch
from reference_server.scale.postgres.rows import Definition, Memory
from reference_server.storage.tables import StorageFailed


class Session:
    """One connection while a unit of work uses it."""

    doing = "read"  # completes "the database cannot be ..." if a statement fails

    def __init__(self, connection: Connection, memory: Memory) -> None:
        self._connection = connection
        self.memory = memory
        self._unknown: set[str] = set()  # logical tables that do not exist
        self.failure: StorageFailed | None = None

    def run(self, statement: Executable, **given: Any) -> Sequence[Any]:
        """The rows of a constant statement. After a failure, this and every later call raise StorageFailed."""
        return self._send(fetch, statement, given)

    def _send(self, how: Callable[..., Sequence[Any]], statement: Executable, given: dict[str, Any]) -> Sequence[Any]:
        if self.failure is not None:
            raise self.failure
        try:
            return how(self._connection, statement, given)
        except DATABASE_ERRORS as error:
            self.failure = storage_failed(error, self.doing)
            raise self.failure from None

    def space(self, definition: Definition) -> int | None:
        """The id of a logical table, or None if it was never written to."""
        held = self.memory.spaces.get(definition.name)
        return self._space_of(definition) if held is None else held

    def _space_of(self, definition: Definition) -> int | None:
        """Look up the id of a table that this process does not know yet."""
        if definition.name in self._unknown:
            return None
        found = self.run(sql.SPACE, given_name=definition.name)
        if not found:
            self._unknown.add(definition.name)
            return None
        return self.memory.spaces.setdefault(definition.name, int(found[0][0]))
