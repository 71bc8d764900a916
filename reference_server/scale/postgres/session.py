"""The database session of a unit of work: its statements, look-ups, and first failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.scale.postgres.execute import fetch
from reference_server.scale.postgres.lookups import Answers, Asked, Kind
from reference_server.scale.postgres.rows import Memory
from reference_server.storage.tables import StorageFailed


class Session:
    """What a unit of work sends to the database."""

    doing = "read"  # completes "the database cannot be ..." if a statement fails

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.failure: StorageFailed | None = None

    def connection(self) -> Connection:
        """The connection for statements of this unit alone."""
        raise NotImplementedError

    def answers(self, *asked: tuple[Kind, Sequence[Asked]]) -> list[Answers]:
        """The answers to look-ups of several kinds."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise the first failure, also if the work of a unit caught it."""
        if self.failure is not None:
            raise self.failure

    def run(self, statement: Executable, **given: Any) -> Sequence[Any]:
        """The rows of a constant statement. After a failure, this and every later call raise StorageFailed."""
        return self._send(fetch, statement, given)

    def _send(self, how: Callable[..., Sequence[Any]], statement: Any, given: dict[str, Any]) -> Sequence[Any]:
        self.check()
        try:
            return how(self.connection(), statement, given)
        except (*DATABASE_ERRORS, StorageFailed) as error:
            self.failure = storage_failed(error, self.doing)
            raise self.failure from None
