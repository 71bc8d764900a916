"""Units of work that read: what they find, and that nothing of them remains afterwards."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

from reference_server.storage.tables import Tables
from tests.reference_server.scale.postgres.databases import people, run, stores, written


def test_what_a_reader_finds_is_what_the_index_says_though_it_has_seen_an_older_version(url: str) -> None:
    async def change() -> None:
        async with stores(url) as [other]:
            await written(other, {"id": "a", "name": "Bob"})

    def work(tables: Tables) -> list[str]:
        seen = [record["name"] for record in (people(tables).get("a"),) if record]
        with ThreadPoolExecutor() as beside:
            beside.submit(asyncio.run, change()).result()
        return [*seen, *(record["name"] for record in people(tables).find("name", "Bob"))]

    async def life() -> None:
        async with stores(url) as [tables]:
            await written(tables, {"id": "a", "name": "Ann"})
            assert await tables.read(lambda: work(tables)) == ["Ann", "Bob"]

    run(life())


async def left_by_units(tables: Tables, count: int) -> int:
    """How many objects only the garbage collector frees after `count` units that wrote and as many that read."""
    gc.collect()
    gc.disable()
    try:
        for number in range(count):
            await written(tables, {"id": str(number), "name": "later"})
            await tables.read(lambda: people(tables).find("name", "later"))
        return gc.collect()
    finally:
        gc.enable()


def test_what_a_unit_read_is_gone_with_it(url: str) -> None:
    """A server runs the garbage collector when no request is waiting; until then, reference cycles would accumulate."""

    async def life() -> None:
        async with stores(url) as [tables]:
            found = [await left_by_units(tables, 80) for _ in range(3)]
            others = [await left_by_units(tables, 0) for _ in range(3)]  # what the rest of this process leaves
            # What every unit left would be there each time; a time limit that passed on a busy machine leaves things once.
            assert min(found) - min(others) < 80, f"not even one thing for each of them: {found}, {others}"

    run(life())
