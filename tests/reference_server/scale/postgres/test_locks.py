"""Locks by name: held among processes, released by one that dies, and never left behind on a pooled connection."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from reference_server.storage.tables import StorageFailed, Tables
from tests.postgres_server import PostgresServer, emptied_database, postgres_server
from tests.reference_server.scale.postgres.databases import run, stores

ROOT = Path(__file__).parents[4]

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
    url = emptied_database(postgres)
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


@pytest.mark.slow
def test_a_caller_that_stops_waiting_leaves_no_lock_behind(url: str) -> None:
    async def life() -> None:
        async with stores(url, 2) as (holder, other):
            async with holder.alone("sync"):
                waiting = [asyncio.create_task(_hold(other)) for _ in range(3)]
                for pause in range(12):  # cancelled at many points on the way to the lock
                    waiting.append(asyncio.create_task(_hold(other)))
                    for _ in range(pause):
                        await holder.is_held("another")
                    waiting.pop(0).cancel()
            await asyncio.gather(*waiting)
            assert not await holder.is_held("sync")
            await _hold(holder)

    run(life())


def test_connections_are_used_again(postgres: PostgresServer, url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            for _ in range(5):
                await _hold(tables)
            sessions = postgres.query(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%advisory_unlock%'")
            assert sessions == ["2"], "one of the pool and psql itself"

    run(life())


@pytest.mark.slow
def test_a_lock_is_taken_again_after_the_database_was_restarted() -> None:
    async def life(server: PostgresServer) -> None:
        async with stores(server.new_database()) as [tables]:
            await _hold(tables)
            server.stop()
            server.start()
            await _hold(tables)

    with postgres_server() as server:
        run(life(server))
