"""One store on either engine with plain calls, for tests that ask the same of both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from reference_server.scale.postgres import open_postgres
from reference_server.storage.database import TinyDBTables, open_tables
from reference_server.storage.tables import Tables

Result = TypeVar("Result")


class Store:
    """An open store and the event loop that it lives in."""

    def __init__(self, opened: Callable[[], Awaitable[Tables]], database: str = "") -> None:
        self.database = database
        self._opened = opened
        self._runner = asyncio.Runner()
        self.tables = self._open()

    def run(self, life: Callable[[Tables], Awaitable[Result]]) -> Result:
        async def lived() -> Result:
            return await life(self.tables)

        return self._runner.run(lived())

    def read(self, work: Callable[[Tables], Result]) -> Result:
        return self.run(lambda tables: tables.read(lambda: work(tables)))

    def write(self, work: Callable[[Tables], Result]) -> Result:
        return self.run(lambda tables: tables.write(lambda: work(tables)))

    def reopen(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.run(lambda tables: tables.aclose())
        meanwhile()
        self.tables = self._open()

    def close(self) -> None:
        self.run(lambda tables: tables.aclose())
        self._runner.close()

    def _open(self) -> Tables:
        async def opened() -> Tables:
            return await self._opened()

        return self._runner.run(opened())


def folder_store(folder: Path) -> Store:
    async def opened() -> TinyDBTables:
        return open_tables(folder)

    return Store(opened)


def postgres_store(url: str) -> Store:
    return Store(lambda: open_postgres(url), url)
