"""The journal: durable commits, a torn tail, damage, failed writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    JournalDamaged,
    StorageFailed,
)
from tests.reference_server.storage.people import held, put, reread


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
