"""Rows that a writing unit has read and changed: counts, the last row, and index values agree with its own changes."""

from __future__ import annotations

from reference_server.storage.prefetch import expect_new, expect_none_found
from reference_server.storage.tables import Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import counting_statements, people, put, run, stores, written


def remove(tables: Tables, key: str) -> None:
    transaction = tables.transaction()
    transaction.remove(people(tables), key)
    transaction.commit()


def test_counts_and_the_last_row_follow_the_changes_of_the_unit_without_further_statements(
    postgres: PostgresServer,
) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    def work(tables: Tables) -> list[tuple[int, str]]:
        table, seen = people(tables), []

        def look() -> None:
            last = table.last()
            seen.append((table.count("name", "Ann"), last["id"] if last else ""))

        put(tables, {"id": "c", "name": "Ann"})
        look()
        expect_new(table, "d")
        sent()
        put(tables, {"id": "d", "name": "Ann"}, {"id": "a", "name": "Bob"})
        look()
        assert sent() == []  # "a" was read before
        remove(tables, "d")
        look()
        assert len(table.find("name", "Ann")) == 2
        return seen

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"}, {"id": "b", "name": "Ann"})
            assert await tables.write(
                lambda: (people(tables).get("a"), people(tables).count("name", "Ann"), work(tables))[2]
            ) == [
                (3, "c"),
                (3, "d"),
                (2, "c"),
            ]
            assert await tables.read(lambda: people(tables).count("name", "Ann")) == 2

    run(life())


def test_an_index_value_that_is_expected_to_be_new_is_not_looked_up(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)

    def work(tables: Tables) -> list[int]:
        table = people(tables)
        expect_none_found(table, "name", "Eve")
        found = [len(table.find("name", "Eve"))]
        put(tables, {"id": "e", "name": "Eve"})
        return [*found, len(table.find("name", "Eve")), table.count("name", "Eve")]

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"})
            sent()
            assert await tables.write(lambda: work(tables)) == [0, 1, 1]
            assert [
                statement for statement in sent() if "entries" in statement and statement.startswith("SELECT")
            ] == []

    run(life())
