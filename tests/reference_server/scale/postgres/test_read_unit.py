"""A reading unit: what it announces is looked up together with what it reads, and an index that is missing is built."""

from __future__ import annotations

from reference_server.storage.prefetch import look_up, prefetch, prefetch_found
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import counting_statements, people, run, stores, written


def test_hints_cost_nothing_until_something_is_read(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"}, {"id": "b", "name": "Bob"})
            table = people(tables)

            def hint() -> None:
                prefetch(table, ["a", "b"])
                prefetch_found(table, "name", ["Ann"])

            def hint_and_read() -> None:
                hint()
                assert [bool(table.get(key)) for key in ("a", "b")] == [True, True]
                assert [record["id"] for record in table.find("name", "Ann")] == ["a"]

            def look_up_and_read() -> None:
                hint()
                look_up(table)
                assert len(sent()) == 1
                assert table.get("a") == {"id": "a", "name": "Ann"}

            sent()
            await tables.read(hint)
            assert sent() == []
            await tables.read(hint_and_read)
            assert len(sent()) == 1
            await tables.read(look_up_and_read)
            assert sent() == []

    run(life())


def test_a_hint_about_an_index_that_is_not_built_has_it_built(url: str) -> None:
    async def life() -> None:
        async with stores(url) as [tables]:
            transaction = tables.transaction()
            transaction.put(tables.table("people"), {"id": "a", "name": "Ann"})
            await tables.write(transaction.commit)
        async with stores(url) as [tables]:
            table = people(tables)

            def work() -> list[str]:
                prefetch_found(table, "name", ["Ann"])
                assert "a" in table
                return [record["id"] for record in table.find("name", "Ann")]

            assert await tables.read(work) == ["a"]

    run(life())
