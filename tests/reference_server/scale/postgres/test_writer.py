"""Batches of writing units: they share look-ups and the commit, and each of them succeeds or fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from reference_server.storage.tables import Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import (
    counting_statements,
    keys,
    people,
    put,
    run,
    stores,
    written,
)

UNITS = 30


def rename(tables: Tables, key: str, name: str) -> str:
    """Give a record another name, as a PATCH does: read it, look for the name, write."""
    held = people(tables).get(key)
    if held is None:
        raise LookupError(key)
    if people(tables).find("name", name):
        raise ValueError(name)
    put(tables, {**held, "name": name})
    return name


def rename_and_fail(tables: Tables, key: str, name: str) -> None:
    held = people(tables).get(key)
    assert held is not None
    transaction = tables.transaction()
    transaction.put(people(tables), {**held, "name": name})
    raise KeyError(key)


async def all_at_once(tables: Tables, works: list[Callable[[], object]]) -> list[object]:
    return await asyncio.gather(*(tables.write(work, pauses=True) for work in works), return_exceptions=True)


def test_units_at_the_same_time_share_look_ups_and_one_commit(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, *({"id": str(number), "name": str(number)} for number in range(UNITS)))
            await written(tables, {"id": "0", "name": "zero"})
            sent()
            works = [partial(rename, tables, str(number), f"new {number}") for number in range(UNITS)]
            assert await all_at_once(tables, [*works]) == [f"new {number}" for number in range(UNITS)]
            verbs = [statement.partition(" ")[0].partition("\n")[0] for statement in sent()]
            assert verbs.count("COMMIT") == verbs.count("BEGIN") <= 2
            assert len(verbs) <= 22  # 11 for a single unit

    run(life())


def test_a_unit_that_fails_does_not_take_its_neighbors_with_it(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, *({"id": str(number), "name": str(number)} for number in range(9)))
            works: list[Callable[[], object]] = []
            for number in range(0, 9, 3):
                works.append(partial(rename, tables, str(number), f"new {number}"))
                works.append(partial(rename_and_fail, tables, str(number + 1), f"new {number + 1}"))
                works.append(partial(rename, tables, f"nobody {number}", "x"))
            told = await all_at_once(tables, works)
            assert told[::3] == ["new 0", "new 3", "new 6"]
            assert [type(answer) for answer in told[1::3]] == [KeyError] * 3
            assert [type(answer) for answer in told[2::3]] == [LookupError] * 3
            names = await tables.read(lambda: [record["name"] for record in people(tables)])
            assert names == ["new 0", "1", "2", "new 3", "4", "5", "new 6", "7", "8"]

    run(life())


def test_of_units_at_the_same_time_that_take_one_name_a_single_one_gets_it(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, *({"id": str(number), "name": str(number)} for number in range(UNITS)))
            told = await all_at_once(tables, [partial(rename, tables, str(n), "wanted") for n in range(UNITS)])
            assert told.count("wanted") == 1
            assert sum(isinstance(answer, ValueError) for answer in told) == UNITS - 1
            assert await tables.read(lambda: people(tables).count("name", "wanted")) == 1

    run(life())


def test_a_transaction_that_was_made_outside_of_its_unit_is_not_lost_when_the_unit_is_set_aside(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "first"})
            transactions = []
            for number in range(UNITS):
                transaction = tables.transaction()
                transaction.put(people(tables), {"id": str(number)})
                transactions.append(transaction)
            assert await all_at_once(tables, [transaction.commit for transaction in transactions]) == [None] * UNITS
            assert sorted(await keys(tables)) == sorted(["first", *map(str, range(UNITS))])

    run(life())
