"""The engine as a whole: closing the store, and a database server that stops and starts again."""

from __future__ import annotations

import asyncio

import pytest

from reference_server.storage.tables import StorageFailed
from tests.postgres_server import PostgresServer, postgres_server
from tests.reference_server.scale.postgres.databases import keys, run, stores, written


def test_a_closed_store_says_so(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            pass
        for unit in (tables.read(lambda: None), tables.write(lambda: None)):
            with pytest.raises(StorageFailed, match="the store was closed"):
                await unit

    run(life())


@pytest.mark.slow
def test_a_server_that_comes_back_is_used_again_and_has_what_was_acknowledged() -> None:
    async def life(server: PostgresServer) -> None:
        async with stores(server.new_database()) as [tables]:
            await asyncio.gather(*(written(tables, {"id": str(number)}) for number in range(20)))
            await asyncio.gather(*(keys(tables) for _ in range(5)))
            for crash in (False, True):
                held = await keys(tables)
                server.kill() if crash else server.stop()
                for unit in (keys(tables), written(tables, {"id": "lost"})):
                    with pytest.raises(StorageFailed, match=r"the database cannot be reached: \w+"):
                        await unit
                server.start()
                assert await keys(tables) == held
                await written(tables, {"id": f"after {crash}"})
                assert await keys(tables) == [*held, f"after {crash}"]

    with postgres_server(fsync=True) as server:
        run(life(server))
