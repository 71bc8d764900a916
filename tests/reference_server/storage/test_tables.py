"""Tables and transactions: what is written is there, at once and after opening again, on both engines."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from reference_server.storage.tables import (
    Record,
    Table,
    Tables,
)
from tests.postgres_server import emptied_database
from tests.reference_server.storage.people import held, people, put
from tests.reference_server.storage.stores import Store, folder_store, postgres_store


def put_plain(tables: Tables, record: Record) -> None:
    """Put a record while its table has no index yet."""
    transaction = tables.transaction()
    transaction.put(tables.table("people"), record)
    transaction.commit()


def numbered(tables: Tables) -> Table:
    return tables.table("people", ordered_by="seq")


@pytest.fixture(params=["folder", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each engine."""
    if request.param == "folder":
        made = folder_store(tmp_path)
    else:
        made = postgres_store(emptied_database(request.getfixturevalue("postgres")))
    yield made
    made.close()


def put_in(store: Store, *records: Record) -> None:
    store.write(lambda tables: put(tables, *records))


def test_what_is_put_is_found_by_key_index_and_place(store: Store) -> None:
    put_in(store, *({"id": f"p{n}", "city": "Oslo" if n % 2 else "Rome"} for n in range(6)))

    def look(tables: Tables) -> None:
        people = tables.table("people")
        assert people.get("p3") == {"id": "p3", "city": "Oslo"}
        assert [r["id"] for r in people.find("city", "Oslo")] == ["p1", "p3", "p5"]
        assert [r["id"] for r in people.find("city", "Oslo", 0, 2)] == ["p1", "p3"]
        assert [r["id"] for r in people.page(2, 2)] == ["p2", "p3"]
        assert people.page(100, 5) == people.find("city", "Oslo", 3, 5) == []
        assert ("p1" in people, "zz" in people, len(people)) == (True, False, 6)

    store.read(look)


def test_changes_keep_place_and_indexes_true(store: Store) -> None:
    put_in(store, {"id": "a", "city": "Oslo"}, {"id": "b", "city": "Oslo"}, {"id": "c"})
    put_in(store, {"id": "a", "city": "Rome"})

    def remove(tables: Tables) -> None:
        transaction = tables.transaction()
        transaction.remove(tables.table("people"), "b")
        transaction.remove(tables.table("people"), "never there")
        transaction.commit()

    def look(tables: Tables) -> None:
        people = tables.table("people")
        assert [r["id"] for r in people.page(0, 9)] == ["a", "c"]
        assert people.find("city", "Oslo") == []
        assert [r["id"] for r in people.find("city", "Rome")] == ["a"]

    store.write(remove)
    store.read(look)


def test_what_a_unit_committed_before_it_was_rejected_stays(store: Store) -> None:
    def refused(tables: Tables) -> None:
        put(tables, {"id": "noted"})
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        store.write(refused)
    assert store.read(held) == [{"id": "noted"}]


def test_a_unit_sees_what_it_committed_in_its_place(store: Store) -> None:
    put_in(store, {"id": "b", "city": "Oslo"}, {"id": "c", "city": "Oslo"})

    def unit(tables: Tables) -> None:
        put(tables, {"id": "a", "city": "Oslo"})
        assert [r["id"] for r in people(tables).find("city", "Oslo")] == ["b", "c", "a"]
        assert people(tables).last() == {"id": "a", "city": "Oslo"}
        put(tables, {"id": "a", "city": "Rome"})
        assert people(tables).last() == {"id": "a", "city": "Rome"}
        put(tables, {"id": "b", "city": "Rome"})
        assert (len(people(tables)), people(tables).position("b") < people(tables).position("c")) == (3, True)

    store.write(unit)


def test_what_was_staged_and_not_committed_is_not_there(store: Store) -> None:
    store.write(lambda tables: tables.transaction().put(tables.table("people"), {"id": "a"}))
    assert store.read(held) == []
    assert store.read(lambda tables: tables.positions()) == {}


def test_pages_begin_at_the_right_record_whatever_was_removed(store: Store, request: pytest.FixtureRequest) -> None:
    dice, expected = random.Random(1), list[str]()

    def change(tables: Tables, came: list[str], went: list[str], skipped: int) -> None:
        transaction = tables.transaction()
        for key in came:
            transaction.put(people(tables), {"id": key})
        for key in went:
            transaction.remove(people(tables), key)
        transaction.commit()
        if skipped:
            transaction = tables.transaction()
            transaction.skip(people(tables), tables.positions()["people"] + skipped)
            transaction.commit()

    def check(tables: Tables) -> None:
        places = [0, 1, len(expected) - 1, len(expected), 5_000, *dice.choices(range(len(expected)), k=40)]
        for start in places:
            assert [record["id"] for record in people(tables).page(start, 3)] == expected[start : start + 3], start

    for step in range(12):
        came = [f"{step}-{number}" for number in range(dice.choice([1, 60, 700]))]
        everybody = expected + came
        begin = dice.randrange(len(everybody))
        some = [*everybody[begin : begin + dice.choice([0, 300])], *dice.sample(everybody, len(everybody) // 9)]
        again = some[:2] if step % 3 == 0 else []  # come back in a later unit, to a new place
        expected = [key for key in everybody if key not in set(some)]
        store.write(partial(change, came=came, went=some, skipped=dice.choice([0, 0, 3, 1_300])))
        store.write(partial(change, came=again, went=[], skipped=0))
        expected += again
        store.read(check)
    store.write(lambda tables: change(tables, ["new"], expected[:50], 0))
    expected = [*expected[50:], "new"]
    store.write(check)  # also within a unit that writes
    if store.database:  # one from before gaps were counted
        store.reopen(lambda: request.getfixturevalue("postgres").query(store.database, "DROP TABLE scimulator.gaps"))
        store.read(check)

    def drop(tables: Tables) -> None:
        transaction = tables.transaction()
        transaction.drop(people(tables))
        transaction.put(people(tables), {"id": "first again"})
        transaction.commit()

    store.write(drop)
    expected = ["first again"]
    store.read(check)


def test_an_index_that_comes_late_lists_what_was_there(store: Store) -> None:
    for n in range(3):
        store.write(partial(put_plain, record={"id": f"p{n}", "city": "Oslo", "seq": 9 - n}))
    assert [r["id"] for r in store.read(lambda tables: people(tables).find("city", "Oslo"))] == ["p0", "p1", "p2"]
    assert store.read(lambda tables: numbered(tables).highest()) == 9
    assert [key for _, key in store.read(lambda tables: numbered(tables).above(7))] == ["p1", "p0"]


def test_an_index_that_comes_within_a_unit_lists_all_of_it(store: Store) -> None:
    def unit(tables: Tables) -> list[str]:
        put_plain(tables, {"id": "a", "city": "Oslo", "seq": 1})
        put_plain(tables, {"id": "b", "city": "Rome", "seq": 2})
        oslo = [r["id"] for r in people(tables).find("city", "Oslo")]
        put_plain(tables, {"id": "b", "city": "Oslo", "seq": 3})
        assert (numbered(tables).highest(), people(tables).find("city", "Rome")) == (3, [])
        return oslo + [r["id"] for r in people(tables).find("city", "Oslo")]

    assert store.write(unit) == ["a", "a", "b"]


def test_an_unknown_index_is_reported(store: Store) -> None:
    put_in(store, {"id": "a", "city": "Oslo"})
    for ask in (
        lambda tables: people(tables).find("town", "Oslo"),
        lambda tables: people(tables).find("town", "Oslo"),
        lambda tables: people(tables).select(("eq", "town", "Oslo")),
    ):
        with pytest.raises(KeyError, match="town"):
            store.read(ask)


def test_names_are_held_by_one_at_a_time(store: Store) -> None:
    async def life(tables: Tables) -> list[str]:
        seen: list[str] = []

        async def holder(number: int) -> None:
            async with tables.alone("sync"):
                assert await tables.is_held("sync")
                seen.append(f"{number} in")
                await tables.read(lambda: None)
                seen.append(f"{number} out")

        await asyncio.gather(*map(holder, range(5)))
        assert not await tables.is_held("sync")
        return seen

    assert store.run(life) == [f"{number} {way}" for number in range(5) for way in ("in", "out")]


def test_everything_is_there_after_opening_again(store: Store) -> None:
    def remove(tables: Tables) -> None:
        transaction = tables.transaction()
        transaction.drop(tables.table("other"))
        transaction.remove(tables.table("people"), "a")
        transaction.commit()

    put_in(store, {"id": "a", "city": "Łódź"}, {"id": "b"})
    put_in(store, {"id": "b", "city": "Oslo"})
    store.write(remove)
    store.reopen()
    assert store.read(held) == [{"id": "b", "city": "Oslo"}]
    put_in(store, {"id": "c"})
    store.reopen()
    assert [r["id"] for r in store.read(held)] == ["b", "c"]
