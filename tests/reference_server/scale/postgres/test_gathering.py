"""Look-ups of readers at the same time: they share statements, and neither a slow nor a lost one holds up the others."""

from __future__ import annotations

import asyncio

import asyncpg

from reference_server.storage.tables import Record, Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import counting_statements, people, run, stores, written

READERS = 40


async def record(tables: Tables, key: str) -> Record | None:
    return await tables.read(lambda: people(tables).get(key))


def test_readers_at_the_same_time_share_statements_and_one_alone_needs_one(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, *({"id": str(number)} for number in range(READERS)))
            await record(tables, "0")
            sent()
            assert await record(tables, "1") == {"id": "1"}
            assert len(sent()) == 1
            found = await asyncio.gather(*(record(tables, str(number)) for number in range(READERS + 1)))
            assert found == [*({"id": str(number)} for number in range(READERS)), None]
            assert len(sent()) < READERS / 4

    run(life())


def test_a_reader_sees_what_another_process_committed_before(url: str) -> None:
    async def life() -> None:
        async with stores(url, 2) as (tables, other):
            await written(other, {"id": "a", "name": "0"})

            async def read_often() -> None:
                while not done.is_set():
                    await record(tables, "a")

            done = asyncio.Event()
            beside = [asyncio.create_task(read_often()) for _ in range(4)]
            for number in range(1, 30):
                await written(other, {"id": "a", "name": str(number)})
                assert await record(tables, "a") == {"id": "a", "name": str(number)}
            done.set()
            await asyncio.gather(*beside)

    run(life())


def test_a_slow_look_up_does_not_hold_up_the_next_one(url: str) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a"}, {"id": "b"})
            blocker, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE scimulator.records")
                readers = [asyncio.create_task(record(tables, "a"))]
                while await watcher.fetchval(waiting) < 1:
                    pass
                readers.append(asyncio.create_task(record(tables, "b")))
                while await watcher.fetchval(waiting) < 2:
                    pass
            assert await asyncio.gather(*readers) == [{"id": "a"}, {"id": "b"}]
            await asyncio.gather(blocker.close(), watcher.close())

    run(life())


def test_a_reader_who_stops_waiting_leaves_the_answers_of_the_others(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a"})
            readers = [asyncio.create_task(record(tables, "a")) for _ in range(6)]
            await asyncio.sleep(0)
            readers[0].cancel()
            found = await asyncio.gather(*readers, return_exceptions=True)
            assert isinstance(found[0], asyncio.CancelledError)
            assert found[1:] == [{"id": "a"}] * 5

    run(life())


def test_connections_that_the_database_ended_are_replaced(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"})
            for _ in range(3):
                both = await tables.read(lambda: (people(tables).get("a"), people(tables).find("name", "Ann")))
                assert both == ({"id": "a", "name": "Ann"}, [{"id": "a", "name": "Ann"}])
                postgres.query(url, end)

    run(life())
