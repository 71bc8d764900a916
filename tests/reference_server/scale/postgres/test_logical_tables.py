"""Indexes of logical tables: built when a process first needs them, and kept by processes that do not know them."""

from __future__ import annotations

import pytest

from tests.reference_server.scale.postgres.databases import by_name, people, run, stores, written


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
