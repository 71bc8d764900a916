"""Tables answer only within a unit of work of their own store."""

from __future__ import annotations

import pytest

from tests.reference_server.scale.postgres.databases import people, put, run, stores


def test_tables_are_asked_within_a_unit_of_their_own_store(url: str) -> None:
    async def life() -> None:
        async with stores(url, 2) as (tables, other):
            with pytest.raises(
                RuntimeError, match=r"table people outside a unit of work: expected `await tables\.read"
            ):
                people(tables).get("a")
            with pytest.raises(RuntimeError, match="table people outside"):
                await other.read(lambda: people(tables).get("a"))
            with pytest.raises(RuntimeError, match=r"within `await tables\.read\(work\)`"):
                await tables.read(lambda: put(tables, {"id": "a"}))

    run(life())
