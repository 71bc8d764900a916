"""Prefetch hints: one statement instead of many on PostgreSQL, and nothing at all for a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.storage.prefetch import (
    expect_new,
    expect_none_found,
    is_remote,
    look_up,
    prefetch,
    prefetch_found,
    prefetch_last,
)
from reference_server.storage.tables import Record, StorageFailed, Table, Tables
from tests.postgres_server import PostgresServer, emptied_database
from tests.reference_server.scale.postgres.databases import counting_statements
from tests.reference_server.storage.stores import folder_store, postgres_store


def people(tables: Tables) -> Table:
    return tables.table("people", {"city": lambda record: (record["city"],)})


def put(tables: Tables, *records: Record) -> None:
    transaction = tables.transaction()
    for record in records:
        transaction.put(people(tables), record)
    transaction.commit()


def test_a_folder_ignores_hints(tmp_path: Path) -> None:
    store = folder_store(tmp_path)
    table = people(store.tables)
    assert not is_remote(table)
    prefetch(table, ["a"])
    prefetch_found(table, "no such index", ["Oslo"])
    prefetch_last(table)
    expect_new(table, "a")
    expect_none_found(table, "no such index", "Oslo")
    look_up(table)
    store.close()


def test_records_that_were_announced_cost_one_statement(postgres: PostgresServer) -> None:
    url = emptied_database(postgres)
    sent = counting_statements(postgres, url)
    store = postgres_store(url)
    store.write(lambda tables: put(tables, *({"id": str(n), "city": f"city {n % 5}"} for n in range(20))))
    store.read(lambda tables: people(tables).get("0"))  # opens a connection

    def work(tables: Tables) -> list[int]:
        table = people(tables)
        prefetch(table, map(str, range(30)))
        counts = [len(sent())]
        assert [bool(table.get(str(n))) for n in range(30)] == [True] * 20 + [False] * 10
        counts.append(len(sent()))
        prefetch_found(table, "city", [f"city {n}" for n in range(6)])
        prefetch_last(table)
        assert [len(table.find("city", f"city {n}")) for n in range(6)] == [4, 4, 4, 4, 4, 0]
        assert table.count("city", "city 1") == 4
        assert table.last() == {"id": "19", "city": "city 4"}
        counts.append(len(sent()))
        return counts

    sent()
    assert store.read(work) == [0, 1, 1]
    store.close()


def test_a_new_key_that_was_announced_is_not_looked_up_and_a_wrong_hint_changes_nothing(
    postgres: PostgresServer,
) -> None:
    store = postgres_store(emptied_database(postgres))

    def announced(tables: Tables, record: Record) -> None:
        expect_new(people(tables), record["id"])
        put(tables, record)

    store.write(lambda tables: announced(tables, {"id": "a", "city": "Oslo"}))
    with pytest.raises(StorageFailed):
        store.write(lambda tables: announced(tables, {"id": "a", "city": "Rome"}))
    assert store.read(lambda tables: list(people(tables))) == [{"id": "a", "city": "Oslo"}]
    store.close()
