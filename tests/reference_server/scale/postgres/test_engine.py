"""What only the PostgreSQL engine has: other processes on the same database, a server that comes and goes, addresses."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reference_server.scale.postgres import open_postgres
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import FolderNotWritable, FolderTooNew, Record, StorageFailed, Table, Tables
from tests.postgres_server import PostgresServer, postgres_server

ROOT = Path(__file__).parents[4]


def by_name(record: Record) -> tuple[str, ...]:
    return (record["name"],) if "name" in record else ()


def people(tables: Tables) -> Table:
    return tables.table("people", {"name": by_name})


def put(tables: Tables, *records: Record) -> None:
    transaction = tables.transaction()
    for record in records:
        transaction.put(people(tables), record)
    transaction.commit()


def put_odd(tables: Tables) -> None:
    """Put a record that an index cannot read."""
    transaction = tables.transaction()
    transaction.put(tables.table("odd", {"share": lambda record: (1 // record["of"],)}), {"id": "odd", "of": 0})
    transaction.commit()


async def written(tables: Tables, *records: Record) -> None:
    await tables.write(lambda: put(tables, *records))


async def keys(tables: Tables) -> list[str]:
    return await tables.read(lambda: [record["id"] for record in people(tables)])


@asynccontextmanager
async def stores(url: str, count: int = 1) -> AsyncIterator[list[Tables]]:
    """Several stores on one database, opened at the same time, as processes do."""
    opened = await asyncio.gather(*(open_postgres(url) for _ in range(count)))
    try:
        yield list(opened)
    finally:
        await asyncio.gather(*(tables.aclose() for tables in opened))


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.emptied_database()


def run(life: Coroutine[Any, Any, None]) -> None:
    asyncio.run(life)


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
    url = postgres.emptied_database()
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


# ── names that one holds alone ──

HOLDER = """
import asyncio, sys
from reference_server.scale.postgres import open_postgres

async def life():
    tables = await open_postgres(sys.argv[1])
    async with tables.alone("sync"):
        print("held", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(life())
"""


@pytest.mark.slow
def test_a_name_is_held_across_processes_and_let_go_by_one_that_is_killed(url: str) -> None:
    async def life(holder: subprocess.Popen[str]) -> None:
        async with stores(url) as [tables]:
            assert await tables.is_held("sync")
            assert not await tables.is_held("another")
            async with tables.alone("another"):
                assert await tables.is_held("another")
            waiting = asyncio.create_task(_hold(tables))
            given_up = asyncio.create_task(_hold(tables))
            await tables.is_held("sync")
            given_up.cancel()
            assert not waiting.done()
            holder.kill()
            await waiting
            assert not await tables.is_held("sync")

    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            run(life(holder))
        finally:
            holder.kill()


async def _hold(tables: Tables) -> None:
    async with tables.alone("sync"):
        assert await tables.is_held("sync")


def test_a_holder_whose_connection_is_lost_is_stopped_there(postgres: PostgresServer) -> None:
    url = postgres.emptied_database()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%advisory_lock%' AND pid <> "

    async def cut_off(tables: Tables) -> None:
        async with tables.alone("sync"):
            postgres.query(url, f"{cut} pg_backend_pid()")
            await asyncio.Event().wait()

    async def timed_out(tables: Tables) -> None:
        async with tables.alone("sync"):
            raise TimeoutError("its own")

    async def life() -> None:
        async with stores(url) as [tables]:
            with pytest.raises(StorageFailed, match="the connection that held sync was lost"):
                await cut_off(tables)
            await _hold(tables)
            with pytest.raises(TimeoutError, match="its own"):
                await timed_out(tables)

    run(life())


# ── opening ──


def test_a_newer_format_is_refused_and_an_older_one_is_brought_up(postgres: PostgresServer) -> None:
    url = postgres.emptied_database()

    def set_format(number: int) -> None:
        postgres.query(url, f"UPDATE scimulator.store SET value = {number} WHERE name = 'format'")

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a"})
        set_format(99)
        with pytest.raises(FolderTooNew, match=f"format 99; this version reads up to {FORMAT}"):
            await open_postgres(url)
        set_format(1)
        async with stores(url, 2) as (first, second):
            assert await keys(first) == await keys(second) == ["a"]
        assert postgres.query(url, "SELECT value FROM scimulator.store") == [str(FORMAT)]

    run(life())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://u:hunter2@127.0.0.1/d", "database URL: expected postgresql://.*, got mysql:"),
        ("postgresql://u:hunter2@127.0.0.1:5432", "database URL: expected .*, got no database"),
        ("postgresql://u:hunter2@127.0.0.1:port/d", "database URL: expected postgresql://"),
        ("hunter2", "database URL: expected postgresql://"),
        ("postgresql://u:hunter2@127.0.0.1/d?passfile=x", "expected the options host, port, sslmode, got passfile"),
        ("postgresql://u:hunter2@127.0.0.1:1/d", "database d at 127.0.0.1:1 as u: "),
        ("postgresql://u:hunter2@/d?host=/nowhere", "database d at /nowhere:5432 as u: No such file or directory"),
        ("postgresql://u:hunter2@127.0.0.1:{port}/postgres", 'as u: role "u" does not exist'),
        ("postgresql://scimulator:hunter2@127.0.0.1:{port}/none", 'as scimulator: database "none" does not exist'),
        ("postgresql://u:hunter2@{long}.example/d", "database d at x+.example:5432 as u: "),
        ("postgresql://u:hunter2@127.0.0.1:{port}/d?sslmode=some", "database d at .*: "),
    ],
    ids=lambda value: value.partition("hunter2")[2] if "hunter2" in value else "",
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    postgres: PostgresServer, address: str, told: str
) -> None:
    with pytest.raises(FolderNotWritable, match=told) as raised:
        asyncio.run(open_postgres(address.format(port=postgres.port, long="x" * 70)))
    shown = f"{raised.value!r} {raised.value.__cause__!r}"
    assert "hunter2" not in shown
    assert "\n" not in str(raised.value)


def test_a_socket_may_be_named(postgres: PostgresServer) -> None:
    database = postgres.emptied_database().rpartition("/")[2]

    async def life() -> None:
        async with stores(f"postgresql://scimulator@/{database}?host={postgres.folder}&port={postgres.port}") as [
            tables
        ]:
            await written(tables, {"id": "a"})
            assert await keys(tables) == ["a"]

    run(life())


def test_a_schema_that_is_not_ours_is_refused(postgres: PostgresServer) -> None:
    url = postgres.emptied_database()
    postgres.query(url, "CREATE SCHEMA scimulator CREATE TABLE store (name text, value int)")
    with pytest.raises(FolderNotWritable, match=r"expected a format number in scimulator\.store"):
        asyncio.run(open_postgres(url))
