"""Tables and transactions: what is written is there, at once and after opening again, on both engines."""

from __future__ import annotations

import asyncio
import json
import random
import re
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import tinydb

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    FolderInUse,
    FolderNotWritable,
    FolderTooNew,
    JournalDamaged,
    Record,
    StorageFailed,
    Table,
    Tables,
)
from tests.reference_server.storage.stores import Store, folder_store, postgres_store


def by_city(record: Record) -> tuple[str, ...]:
    return (record["city"],) if record.get("city") else ()


def put(tables: Tables, *records: Record, table: str = "people") -> None:
    transaction = tables.transaction()
    for record in records:
        transaction.put(tables.table(table, {"city": by_city}), record)
    transaction.commit()


def put_plain(tables: Tables, record: Record) -> None:
    """Put a record while its table has no index yet."""
    transaction = tables.transaction()
    transaction.put(tables.table("people"), record)
    transaction.commit()


def held(tables: Tables, table: str = "people") -> list[Record]:
    return list(tables.table(table, {"city": by_city}))


def people(tables: Tables) -> Table:
    return tables.table("people", {"city": by_city})


def numbered(tables: Tables) -> Table:
    return tables.table("people", ordered_by="seq")


def reread(folder: Path) -> list[Record]:
    """The people of a folder as a fresh start finds them."""
    tables = open_tables(folder)
    try:
        return held(tables)
    finally:
        tables.close()


@pytest.fixture(params=["folder", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each engine."""
    if request.param == "folder":
        made = folder_store(tmp_path)
    else:
        made = postgres_store(request.getfixturevalue("postgres").emptied_database())
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


def test_what_a_unit_committed_before_it_was_refused_stays(store: Store) -> None:
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


def test_an_unknown_index_is_told(store: Store) -> None:
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


def test_a_transaction_over_two_tables_is_one_record(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    transaction = tables.transaction()
    transaction.put(tables.table("one"), {"id": "x"})
    transaction.put(tables.table("two"), {"id": "y"})
    assert tables.positions() == {}
    transaction.commit()
    assert tables.positions() == {"one": 2, "two": 2}
    journal = next(tmp_path.glob("journal-*.log"))
    assert journal.read_bytes().count(b'"one"') == journal.read_bytes().count(b'"two"') == 1
    assert len(journal.read_bytes().splitlines()) == 1
    tables.close()


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


def test_commits_in_a_loop_are_durable_when_awaited(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)

    async def writer(number: int) -> None:
        transaction = tables.transaction()
        transaction.put(tables.table("people"), {"id": f"p{number}"})
        await tables.write(transaction.commit)
        assert f'"p{number}"'.encode() in next(tmp_path.glob("journal-*.log")).read_bytes()

    async def all_writers() -> None:
        await asyncio.gather(*(writer(number) for number in range(50)))

    asyncio.run(all_writers())
    tables.close()


def test_snapshot_opens_with_stock_tinydb(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    put(tables, *({"id": f"p{n}", "name": "Zoë \u2028"} for n in range(3)))
    tables.compact(wait=True)
    with tinydb.TinyDB(tmp_path / "snapshot.json") as stock:
        assert [dict(document) for document in stock.table("people")] == held(tables)
        assert stock.table("people").all()[1]["id"] == "p1"
    tables.close()


def test_compaction_drops_old_journals_and_loses_nothing(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    put(tables, {"id": "a"}, {"id": "b"})
    transaction = tables.transaction()
    transaction.remove(tables.table("people"), "b")
    transaction.commit()
    tables.compact(wait=True)
    put(tables, {"id": "c"})
    tables.close()
    assert [path.name for path in sorted(tmp_path.glob("journal-*"))] == ["journal-000002.log"]
    again = open_tables(tmp_path)
    assert [r["id"] for r in held(again)] == ["a", "c"]
    again.close()


def test_compaction_starts_by_itself(tmp_path: Path) -> None:
    tables = open_tables(tmp_path, compact_after_bytes=2_000)
    for number in range(60):
        put(tables, {"id": "same", "text": "x" * 100, "n": number})
    tables.close()
    assert (tmp_path / "snapshot.json").exists()
    again = open_tables(tmp_path)
    assert held(again)[0]["n"] == 59
    again.close()


# ── TinyDB's own API over the same data ──


def test_tinydbs_own_api_works_and_is_journaled(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    tables.table("people", {"city": by_city})
    people = tables.database.table("people")
    where = tinydb.where
    people.insert({"id": "a", "city": "Oslo"})
    people.insert_multiple([{"id": "b", "city": "Rome"}, {"id": "c", "city": "Oslo"}])
    assert [d["id"] for d in people.search(where("city") == "Oslo")] == ["a", "c"]
    assert people.get(where("id") == "b")["city"] == "Rome"  # type: ignore[index]
    assert people.count(where("city") == "Oslo") == 2
    people.update({"city": "Rome"}, where("id") == "a")
    people.upsert({"id": "d", "city": "Bern"}, where("id") == "d")
    people.remove(where("id") == "c")
    assert people.contains(where("id") == "d")
    assert not people.contains(where("id") == "c")
    assert len(people) == 3
    assert sorted(r["id"] for r in tables.table("people").find("city", "Rome")) == ["a", "b"]
    tables.close()
    again = open_tables(tmp_path)
    assert sorted(r["id"] for r in held(again)) == ["a", "b", "d"]
    again.database.drop_table("people")
    assert held(again) == []
    again.close()
    assert reread(tmp_path) == []


# ── the folder ──


def test_second_opener_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    with pytest.raises(FolderInUse, match=r"in use by process \d+ on"):
        open_tables(tmp_path)
    tables.close()
    open_tables(tmp_path).close()


def test_newer_folder_is_refused(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    (tmp_path / "format.json").write_text('{"format": 99}')
    with pytest.raises(FolderTooNew, match="format 99"):
        open_tables(tmp_path)


def test_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(FolderNotWritable, match="/proc/nowhere"):
        open_tables(Path("/proc/nowhere/data"))


def test_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    open_tables(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


# ── damage ──


def journal_of(folder: Path, count: int) -> Path:
    """A cleanly closed folder with `count` one-record commits."""
    tables = open_tables(folder)
    for number in range(count):
        put(tables, {"id": f"p{number}"})
    tables.close()
    return next(folder.glob("journal-*.log"))


def test_torn_tail_at_every_byte_opens_with_whole_records_only(tmp_path: Path) -> None:
    whole = journal_of(tmp_path / "whole", 5).read_bytes()
    lines = whole.splitlines(keepends=True)
    begin = sum(map(len, lines[:2]))
    for cut in range(begin, len(whole)):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / "journal-000001.log").write_bytes(whole[:cut])
        tables = open_tables(folder)
        wholly_there = whole[:cut].count(b'"p')
        complete = sum(1 for line in lines[:5] if whole[:cut].startswith(b"".join(lines[: lines.index(line) + 1])))
        assert [r["id"] for r in held(tables)] == [f"p{n}" for n in range(complete)], (cut, wholly_there)
        put(tables, {"id": "after"})
        tables.close()
        assert reread(folder)[-1] == {"id": "after"}


def test_flipped_bit_in_the_durable_part_is_reported_with_its_place(tmp_path: Path) -> None:
    whole = journal_of(tmp_path / "whole", 4).read_bytes()
    lines = whole.splitlines(keepends=True)
    offset = 0
    for number, line in enumerate(lines[:4]):
        damaged = bytearray(whole)
        damaged[offset + len(line) // 2] ^= 0x04
        folder = tmp_path / f"flip{number}"
        folder.mkdir()
        (folder / "journal-000001.log").write_bytes(damaged)
        with pytest.raises(JournalDamaged, match=f"byte {offset}"):
            open_tables(folder)
        offset += len(line)


def test_snapshot_that_is_none_is_reported(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    (tmp_path / "snapshot.json").write_text("{")
    with pytest.raises(JournalDamaged, match=r"snapshot\.json"):
        open_tables(tmp_path)


@pytest.mark.parametrize("place", [0.02, 0.3, 0.6, 0.95, 0.999])
def test_flipped_bit_in_the_snapshot_is_reported_with_its_place(tmp_path: Path, place: float) -> None:
    tables = open_tables(tmp_path)
    put(tables, *({"id": str(number), "city": "Oslo" * 10} for number in range(700)))
    tables.compact(wait=True)
    tables.close()
    path = tmp_path / "snapshot.json"
    data = bytearray(path.read_bytes())
    at = int(len(data) * place)
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalDamaged, match=r"snapshot\.json") as told:
        open_tables(tmp_path)
    found = re.search(r"between byte (\d+) and byte (\d+)", str(told.value))
    if found:
        assert int(found[1]) <= at < int(found[2])


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("point", ["before_open", "before_append", "before_fsync", "mid_compaction", "before_rename"])
def test_the_nth_failure_of_a_life_loses_nothing_that_was_acknowledged(
    tmp_path: Path, point: str, forever: bool
) -> None:
    """n = 1, 2, 3, … until a whole life passes without meeting the fault."""
    for nth in range(1, 200):
        folder, met, acknowledged = tmp_path / str(nth), 0, set()

        def fault(where: str, nth: int = nth) -> None:
            nonlocal met
            if where == point:
                met += 1
                if met == nth or (forever and met > nth):
                    raise OSError(5, "Input/output error")

        try:
            tables = open_tables(folder, fault=fault)
            for number in range(12):
                put(tables, {"id": str(number), "city": "Oslo"})
                acknowledged.add(str(number))
                if number % 5 == 4:
                    tables.compact(wait=True)
            tables.close()
        except StorageFailed:
            if "tables" in locals():
                tables.close()
        again = open_tables(folder)
        held = {record["id"] for record in again.table("people")}
        again.close()
        assert acknowledged <= held
        if met < nth:
            return
    raise AssertionError("the fault was met in every life")


@pytest.mark.parametrize("point", ["before_append", "before_fsync"])
def test_after_a_failed_write_nothing_more_is_acknowledged(tmp_path: Path, point: str) -> None:
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == point:
            raise OSError(28, "No space left on device")

    tables = open_tables(tmp_path, fault=fault)
    put(tables, {"id": "a"})
    broken.append(True)
    with pytest.raises(StorageFailed, match="No space left"):
        put(tables, {"id": "b"})
    broken.clear()
    with pytest.raises(StorageFailed):
        put(tables, {"id": "c"})
    assert tables.table("people").get("a") == {"id": "a"}
    tables.close()
    again = open_tables(tmp_path)
    assert "c" not in again.table("people")
    again.close()


@pytest.mark.parametrize("point", ["mid_compaction", "before_snapshot_fsync", "before_rename", "after_rename"])
def test_failed_compaction_loses_nothing(tmp_path: Path, point: str) -> None:
    def fault(where: str) -> None:
        if where == point:
            raise OSError(5, "Input/output error")

    tables = open_tables(tmp_path, fault=fault)
    put(tables, {"id": "a"})
    tables.compact(wait=True)
    put(tables, {"id": "b"})
    tables.close()
    assert [r["id"] for r in reread(tmp_path)] == ["a", "b"]


# ── old formats ──


def test_format_1_still_opens(tmp_path: Path) -> None:
    """A folder as the first version wrote it: what this test holds as text must open for ever."""
    (tmp_path / "format.json").write_text('{"format": 1, "program": "scimulator"}')
    snapshot = {
        "_scimulator": {"1": {"format": 1, "sequence": 2, "next_ids": {"people": 3}}},
        "people": {"1": {"id": "a"}, "2": {"id": "b"}},
    }
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot))
    body = b'[["people",3,{"id":"c"}]]'
    (tmp_path / "journal-000002.log").write_bytes(b"3 2 %08x %b\n" % (zlib.crc32(body, 3), body))
    assert [r["id"] for r in reread(tmp_path)] == ["a", "b", "c"]
