"""A large commit leaves the same as a small one, and becomes visible in a moment that does not grow with it."""

from __future__ import annotations

import asyncio
import random
import sys
from operator import itemgetter
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson
import pytest

from reference_server import turns
from reference_server.storage import index, large_commit
from reference_server.storage.database import open_tables
from reference_server.storage.indexed_rows import Rows
from reference_server.storage.large_commit import LargeCommit
from reference_server.storage.tables import Record
from reference_server.storage.transaction import Step, Undo, applied

CITIES = ("Oslo", "Rome", "Lima")
OURS = "reference_server"


class ByName:
    only_key = "id"

    def __call__(self, record: Record) -> tuple[str, ...]:
        return (record["id"],)


def tables() -> list[Rows]:
    people, edges = Rows("people", keep_json=True), Rows("edges")
    people.define({}, "seq", lambda record: record["cities"])
    for rows in (people, edges):
        rows.define({"city": lambda r: tuple(r["cities"]), "name": ByName()})
    people.order()
    return [people, edges]


def state(rows: Rows) -> dict[str, Any]:
    names = [record["id"] for record in rows.by_id.values()]
    return {
        "documents": list(rows.by_id.items()),
        "ids": rows.id_of,
        "next": rows.next_id,
        "numbers": rows.above(-1),
        "highest": rows.highest(),
        "order": rows.order(),
        "notes": rows.noted(rows.order(), crc32)[1] == [crc32(rows.json_of(doc_id)) for doc_id in rows.order()],
        "json": [rows.json_of(doc_id) for doc_id in rows.by_id],
        "cities": {city: list(rows.indexes["city"].ids(city)) for city in CITIES},
        "summaries": rows.summaries.copy(),
        "counts": {city: rows.indexes["city"].count(city) for city in CITIES},
        "names": {name: list(rows.indexes["name"].ids(name)) for name in names},
    }


def random_steps(dice: random.Random, seq: int, pair: list[Rows]) -> list[tuple[int, str, dict[str, Any] | None]]:
    """Steps in any order, or first those of one table and kind, each with another record, as a large commit usually has them."""
    found: list[tuple[int, str, dict[str, Any] | None]] = []
    mixed = dice.random() < 0.5
    keys = [f"k{dice.randint(0, 40)}" for _ in range(dice.randint(1, 60))]
    puts, table = dice.random() < 0.6, dice.randint(0, 1)
    for number, key in enumerate(keys if mixed else dict.fromkeys(keys)):
        if mixed or dice.random() < 0.02:
            puts, table = dice.random() < 0.7, dice.randint(0, 1)
        cities = dice.sample(CITIES, dice.randint(0, 3))
        found.append((table, key, {"id": key, "cities": cities, "seq": seq + number} if puts else None))
    return found


def by_table(changes: list[Any]) -> list[Any]:
    """The order of changes of different tables does not matter."""
    return sorted(changes, key=itemgetter(0))


@pytest.mark.parametrize("small", [0, 64])
def test_a_large_commit_leaves_what_a_small_one_leaves(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "SMALL", small)
    monkeypatch.setattr(large_commit, "PART", 16)
    dice = random.Random(4711)
    for _ in range(40):
        one_by_one, at_once = tables(), tables()
        for commit in range(6):
            chosen = random_steps(dice, 100 * commit, at_once)
            undo: Undo = []
            operations = applied([(one_by_one[table], key, record) for table, key, record in chosen], undo)
            large = LargeCommit([(at_once[table], key, record) for table, key, record in chosen])
            before = [state(rows) for rows in at_once]
            large.apply()
            assert before != [state(rows) for rows in at_once] or not operations
            assert [state(rows) for rows in at_once] == [state(rows) for rows in one_by_one]
            assert all(state(rows)["notes"] for rows in at_once)
            assert by_table(orjson.loads(large.body)) == by_table(orjson.loads(orjson.dumps(operations)))
            undone, expected = ([(rows.name, *rest) for rows, *rest in its] for its in (large.undo, undo))
            assert by_table(undone) == by_table(expected)


def test_the_moment_in_which_it_becomes_visible_does_not_grow_with_it() -> None:
    def calls(records: int) -> int:
        people, edges = tables()
        steps: list[Step] = []
        for number in range(records):
            steps.append((people, f"p{number}", {"id": f"p{number}", "cities": ["Oslo"], "seq": number}))
            steps.append((edges, f"e{number}", {"id": f"e{number}", "cities": ["Rome"]}))
        large, made = LargeCommit(steps), 0

        def note(frame: Any, event: str, argument: Any) -> None:
            nonlocal made
            made += 1

        sys.setprofile(note)
        large.apply()
        sys.setprofile(None)
        assert (len(people.by_id), edges.indexes["city"].count("Rome")) == (records, records)
        return made

    assert calls(2_000) == calls(500)


def test_a_commit_that_begins_again_commits_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)

    async def life() -> None:
        store = open_tables(tmp_path)
        transaction = store.transaction()
        for number in range(5_000):
            transaction.put(store.table("people"), {"id": str(number)})
        await store.write(transaction.commit, pauses=True)
        assert len(store.table("people")) == 5_000
        await store.aclose()

    asyncio.run(life())


def test_preparing_pauses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes in a pause sees nothing of the commit."""
    monkeypatch.setattr(turns, "SLICE_SECONDS", -1.0)
    store = open_tables(tmp_path)
    people = store.table("people", {"city": lambda record: (record["city"],)})
    seen: list[tuple[int, int]] = []

    def commit() -> None:
        transaction = store.transaction()
        for number in range(5_000):
            transaction.put(people, {"id": str(number), "city": "Oslo", "text": "x" * 900})
        with turns.pausing(lambda: seen.append((len(people), people.count("city", "Oslo")))):
            transaction.commit()

    commit()
    assert len(people) == people.count("city", "Oslo") == 5_000
    assert len(seen) > 20
    assert set(seen) == {(0, 0)}
    store.close()
    again = open_tables(tmp_path)
    assert len(again.table("people")) == 5_000
    again.close()
