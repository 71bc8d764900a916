"""Batches of units of work that write: each unit succeeds or fails alone, and a lost connection loses the whole batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from reference_server.storage.tables import StorageFailed, Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import keys, people, put, run, stores, written


def put_odd(tables: Tables) -> None:
    """Put a record that an index cannot read."""
    transaction = tables.transaction()
    transaction.put(tables.table("odd", {"share": lambda record: (1 // record["of"],)}), {"id": "odd", "of": 0})
    transaction.commit()


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


def test_a_caller_who_stops_waiting_disturbs_no_other_caller(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            waiting = [asyncio.create_task(written(tables, {"id": str(number)})) for number in range(5)]
            await asyncio.sleep(0)
            waiting[2].cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert [task.cancelled() for task in waiting] == [False, False, True, False, False]
            assert await keys(tables) == ["0", "1", "3", "4"]

    run(life())


def test_a_batch_whose_connection_is_cut_off_is_not_there_and_every_caller_gets_an_error(
    postgres: PostgresServer,
) -> None:
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
