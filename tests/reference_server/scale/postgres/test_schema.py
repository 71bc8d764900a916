"""The physical tables: the first process creates them, and a database of another format or owner is rejected."""

from __future__ import annotations

import asyncio

import pytest

from reference_server.scale.postgres import open_postgres
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import FolderNotWritable, FolderTooNew
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import keys, run, stores, written


def test_a_newer_format_is_rejected_and_an_older_one_is_brought_up(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)

    def set_format(number: int) -> None:
        postgres.query(url, f"UPDATE scimulator.store SET value = {number} WHERE name = 'format'")

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a"})
        set_format(99)
        with pytest.raises(FolderTooNew, match=f"format 99, but this version supports only formats up to {FORMAT}"):
            await open_postgres(url)
        set_format(1)
        async with stores(url, 2) as (first, second):
            assert await keys(first) == await keys(second) == ["a"]
        assert postgres.query(url, "SELECT value FROM scimulator.store") == [str(FORMAT)]

    run(life())


@pytest.mark.slow
def test_many_may_open_an_empty_database_at_once_and_see_each_other(url: str) -> None:
    async def life() -> None:
        async with stores(url, 6) as opened:
            for number, tables in enumerate(opened):
                await written(tables, {"id": str(number)})
            assert [await keys(tables) for tables in opened] == [["0", "1", "2", "3", "4", "5"]] * 6

    run(life())


def test_a_schema_that_is_not_ours_is_rejected(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    postgres.query(url, "CREATE SCHEMA scimulator CREATE TABLE store (name text, value int)")
    with pytest.raises(FolderNotWritable, match=r"expected a format number in scimulator\.store"):
        asyncio.run(open_postgres(url))
