"""The address of a database: which URLs are accepted, and that no message shows the password."""

from __future__ import annotations

import asyncio

import pytest

from reference_server.scale.postgres import open_postgres
from reference_server.scale.postgres.address import address_of, place_of
from reference_server.storage.tables import FolderNotWritable
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import keys, run, stores, written


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
def test_an_address_that_leads_nowhere_is_reported_without_its_password(
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


@pytest.mark.parametrize(
    ("address", "driver", "host", "place"),
    [
        ("postgresql://u:p@db.example/sales", {}, "db.example", "database sales at db.example:5432 as u"),
        ("postgres://u:p@db.example:6000/sales", {}, "db.example", "database sales at db.example:6000 as u"),
        ("postgresql+psycopg://db.example/sales", {}, "db.example", "database sales at db.example:5432"),
        ("postgresql:///sales", {}, None, "database sales at localhost:5432"),
        (
            "postgresql://u:p@/sales?host=/run/pg&port=7",
            {"host": "/run/pg", "port": "7"},
            None,
            "database sales at /run/pg:7 as u",
        ),
        (
            "postgresql://u:p@db.example/sales?sslmode=require",
            {"ssl": "require"},
            "db.example",
            "database sales at db.example:5432 as u",
        ),
    ],
)
def test_every_form_of_url_reaches_the_driver(
    address: str, driver: dict[str, str], host: str | None, place: str
) -> None:
    url = address_of(address)
    assert (url.drivername, dict(url.query), url.host) == ("postgresql+asyncpg", driver, host)
    assert place_of(url) == place
