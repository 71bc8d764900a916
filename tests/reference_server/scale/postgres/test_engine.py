"""What only the PostgreSQL engine has: other processes on the same database, batches, a server that comes and goes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from reference_server.storage.tables import StorageFailed, Tables
from tests.postgres_server import PostgresServer, emptied_database, postgres_server
from tests.reference_server.scale.postgres.databases import by_name, keys, people, put, run, stores, written

ROOT = Path(__file__).parents[4]


def put_odd(tables: Tables) -> None:
    """Put a record that an index cannot read."""
    transaction = tables.transaction()
    transaction.put(tables.table("odd", {"share": lambda record: (1 // record["of"],)}), {"id": "odd", "of": 0})
    transaction.commit()


# ── several stores on one database ──


@pytest.mark.slow
def test_of_two_who_take_a_name_at_the_same_time_one_gets_it(url: str) -> None:
    def take(tables: Tables, key: str, name: str) -> str:
        if people(tables).find("name", name):
            raise ValueError("taken")
        put(tables, {"id": key, "name": name})
        return key

    async def life() -> None:
        async with stores(url, 2) as both:
            told = await asyncio.gather(
                *(
                    tables.write(partial(take, tables, f"{who}-{n}", f"n{n}"))
                    for n in range(50)
                    for who, tables in enumerate(both)
                ),
                return_exceptions=True,
            )
            winners = [answer for answer in told if isinstance(answer, str)]
            assert [str(answer) for answer in told if not isinstance(answer, str)] == ["taken"] * 50
            assert sorted(int(key.partition("-")[2]) for key in winners) == list(range(50))
            assert sorted(winners) == sorted(await keys(both[0])) == sorted(await keys(both[1]))

    run(life())


@pytest.mark.slow
def test_many_may_open_an_empty_database_at_once_and_see_each_other(url: str) -> None:
    async def life() -> None:
        async with stores(url, 6) as opened:
            for number, tables in enumerate(opened):
                await written(tables, {"id": str(number)})
            assert [await keys(tables) for tables in opened] == [["0", "1", "2", "3", "4", "5"]] * 6

    run(life())


def test_an_index_that_another_process_does_not_know_stays_true(url: str) -> None:
    async def life() -> None:
        async with stores(url, 2) as (knows, knows_not):
            await written(knows, {"id": "a", "name": "Ann"})
            transaction = knows_not.transaction()
            transaction.put(knows_not.table("people"), {"id": "b", "name": "Ann"})
            await knows_not.write(transaction.commit)
            for _ in range(2):
                found = await knows.read(lambda: [record["id"] for record in people(knows).find("name", "Ann")])
                assert found == ["a", "b"]

    run(life())


@pytest.mark.slow
def test_an_index_over_many_records_is_built_when_it_comes(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            transaction, plain = tables.transaction(), tables.table("people")
            for number in range(2_500):
                transaction.put(plain, {"id": f"{number:04}", "name": str(number % 7), "seq": number})
            await tables.write(transaction.commit)
        async with stores(url) as [tables]:
            table = tables.table("people", {"name": by_name}, ordered_by="seq")
            assert len(await tables.read(lambda: table.find("name", "3"))) == 357
            assert await tables.read(lambda: [number for number, _ in table.above(2_497)]) == [2_498, 2_499]

    run(life())


def test_what_a_reader_finds_is_what_the_index_says_though_it_has_seen_an_older_version(url: str) -> None:
    async def change() -> None:
        async with stores(url) as [other]:
            await written(other, {"id": "a", "name": "Bob"})

    def work(tables: Tables) -> list[str]:
        seen = [record["name"] for record in (people(tables).get("a"),) if record]
        with ThreadPoolExecutor() as beside:
            beside.submit(asyncio.run, change()).result()
        return [*seen, *(record["name"] for record in people(tables).find("name", "Bob"))]

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"})
            assert await tables.read(lambda: work(tables)) == ["Ann", "Bob"]

    run(life())


# ── units of one batch ──


def test_a_unit_that_fails_leaves_those_beside_it_alone(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            refusals: list[tuple[Callable[[], object], type[Exception]]] = [
                (lambda: put(tables, {"id": "bad", "value": {1, 2}}), TypeError),
                (lambda: put(tables, {"id": "x" * 3_000}), ValueError),
                (lambda: put(tables, {"id": "\x00"}), ValueError),
                (lambda: put_odd(tables), ZeroDivisionError),
                (lambda: put(tables, {"name": "no id"}), KeyError),
                (lambda: people(tables).find("town", "Oslo"), KeyError),
            ]
            works: list[Callable[[], object]] = []
            for number, (refused, _) in enumerate(refusals):
                works += [partial(put, tables, {"id": f"good{number}"}), refused]
            told = await asyncio.gather(*map(tables.write, works), return_exceptions=True)
            assert [type(answer) for answer in told[1::2]] == [error for _, error in refusals]
            assert told[::2] == [None] * len(refusals)
            assert await keys(tables) == [f"good{n}" for n in range(len(refusals))]

    run(life())


def test_a_caller_who_stops_waiting_disturbs_nobody(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            waiting = [asyncio.create_task(written(tables, {"id": str(number)})) for number in range(5)]
            await asyncio.sleep(0)
            waiting[2].cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert [task.cancelled() for task in waiting] == [False, False, True, False, False]
            assert await keys(tables) == ["0", "1", "3", "4"]

    run(life())


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


def test_what_a_unit_read_is_gone_with_it(url: str) -> None:
    """A server calls the garbage collector when nobody waits: until then, what only it can free would pile up."""

    async def life() -> None:
        async with stores(url) as [tables]:
            gc.collect()
            gc.disable()
            try:
                for number in range(200):
                    await written(tables, {"id": str(number), "name": "later"})
                    await tables.read(lambda: people(tables).find("name", "later"))
                assert gc.collect() < 200, "not even one thing for each of them"
            finally:
                gc.enable()

    run(life())


def test_tables_are_asked_within_a_unit_of_their_own_store(url: str) -> None:
    async def life() -> None:
        async with stores(url, 2) as (tables, other):
            with pytest.raises(
                RuntimeError, match=r"table people outside a unit of work: expected `await tables\.read"
            ):
                people(tables).get("a")
            with pytest.raises(RuntimeError, match="table people outside"):
                await other.read(lambda: people(tables).get("a"))
            with pytest.raises(RuntimeError, match=r"within `await tables\.read\(work\)`"):
                await tables.read(lambda: put(tables, {"id": "a"}))

    run(life())


def test_a_closed_store_says_so(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            pass
        for unit in (tables.read(lambda: None), tables.write(lambda: None)):
            with pytest.raises(StorageFailed, match="the store was closed"):
                await unit

    run(life())


# ── a server that comes and goes ──


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


def test_a_batch_whose_connection_is_cut_off_is_not_there_and_everybody_is_told(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "before"})

            def cut_off() -> None:
                put(tables, {"id": "second"})
                postgres.query(url, cut)
                len(people(tables))
                people(tables).page(0, 9)

            units = (written(tables, {"id": "first"}), tables.write(cut_off), written(tables, {"id": "third"}))
            told = await asyncio.gather(*units, return_exceptions=True)
            assert [isinstance(answer, StorageFailed) for answer in told] == [True, True, False]
            assert told[2] is None
            assert await keys(tables) == ["before", "third"]

    run(life())
