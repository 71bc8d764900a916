"""A database is opened: its format, its address, a schema of somebody else."""

from __future__ import annotations

import asyncio

import pytest

from reference_server.scale.postgres import open_postgres
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import FolderNotWritable, FolderTooNew
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import keys, run, stores, written


def test_a_newer_format_is_refused_and_an_older_one_is_brought_up(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)

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
    database = emptied_database(postgres).rpartition("/")[2]

    async def life() -> None:
        async with stores(f"postgresql://scimulator@/{database}?host={postgres.folder}&port={postgres.port}") as [
            tables
        ]:
            await written(tables, {"id": "a"})
            assert await keys(tables) == ["a"]

    run(life())


def test_a_schema_that_is_not_ours_is_refused(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    postgres.query(url, "CREATE SCHEMA scimulator CREATE TABLE store (name text, value int)")
    with pytest.raises(FolderNotWritable, match=r"expected a format number in scimulator\.store"):
        asyncio.run(open_postgres(url))
