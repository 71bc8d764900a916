"""Where a server under test keeps its data: a folder, or a database of a real PostgreSQL; the same tests run over both."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from tests.postgres_server import PostgresServer

KINDS = ["folder", pytest.param("postgres", marks=pytest.mark.slow)]


class Stores:
    """Creates empty stores of one kind, as `--data` accepts them, and copies of filled stores."""

    def __init__(self, kind: str, request: pytest.FixtureRequest, home: Path) -> None:
        self.kind, self._home = kind, home
        self._postgres: PostgresServer | None = None
        if self.kind == "postgres":
            self._postgres = request.getfixturevalue("postgres")
        self._numbers = itertools.count(1)

    def new(self) -> str:
        if self._postgres is not None:
            return self._postgres.new_database()
        return str(self._home / f"data-{next(self._numbers)}")

    def copy(self, data: str) -> str:
        if self._postgres is not None:
            return self._postgres.new_database(like=data)
        copied = self.new()
        shutil.copytree(data, copied)
        return copied
