"""The database session of a unit of work: its statements, look-ups, and first failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable

from reference_server.scale.postgres.errors import DATABASE_ERRORS, storage_failed
from reference_server.scale.postgres.lookups import Answers, Asked, Kind
from reference_server.scale.postgres.rows import Memory
from reference_server.storage.tables import StorageFailed


class Session:
    """What a unit of work sends to the database."""

    doing = "read"  # completes "the database cannot be ..." if a statement fails

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.failure: StorageFailed | None = None

    def fetch(self, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a constant statement. Raises DATABASE_ERRORS."""
        raise NotImplementedError

    def execute(self, statement: Executable) -> Sequence[Any]:
        """The rows of any other statement. Raises DATABASE_ERRORS."""
        raise NotImplementedError

    def answers(self, asked: Mapping[Kind, Sequence[Asked]]) -> Mapping[Kind, Answers]:
        """The answers to look-ups of several kinds."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise the first failure, also if the work of a unit caught it."""
        if self.failure is not None:
            raise self.failure

    def run(self, statement: Executable, **given: Any) -> Sequence[Any]:
        """The rows of a constant statement. After a failure, this and every later call raise StorageFailed."""
        return self.send(self.fetch, statement, given)

    def send(self, how: Callable[..., Sequence[Any]], *what: Any) -> Sequence[Any]:
        """The rows that a function returns which sends a statement. After a failure, this raises StorageFailed."""
        self.check()
        try:
            return how(*what)
        except (*DATABASE_ERRORS, StorageFailed) as error:
            self.failure = storage_failed(error, self.doing)
            raise self.failure from None
