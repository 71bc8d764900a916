"""Statements that are sent directly to the driver: a caller that stops waiting leaves no connection behind."""

from __future__ import annotations

import asyncio

from tests.reference_server.scale.postgres.databases import keys, run, stores


def test_a_reader_who_stops_waiting_leaves_no_connection_behind(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            for _ in range(20):
                reading = asyncio.create_task(keys(tables))
                await asyncio.sleep(0.001)
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
            assert await asyncio.gather(*(keys(tables) for _ in range(20))) == [[]] * 20

    run(life())
