"""The journal: durable commits, a torn tail, damage, failed writes."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import threading
from pathlib import Path

import pytest

from reference_server.storage.database import TinyDBTables, open_tables
from reference_server.storage.tables import (
    JournalDamaged,
    StorageFailed,
)
from tests.reference_server.storage.people import held, people, put, reread

JOURNAL = "journal-000001.log"


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


async def write_one(tables: TinyDBTables, name: str) -> None:
    transaction = tables.transaction()
    transaction.put(tables.table("people"), {"id": name})
    await tables.write(transaction.commit)


def test_commits_of_successive_turns_of_the_loop_share_a_sync(tmp_path: Path) -> None:
    points: list[str] = []
    tables = open_tables(tmp_path, fault=points.append)

    async def all_writers() -> None:
        asyncio.get_running_loop().time = lambda: 0.0  # type: ignore[method-assign]  # however busy the machine is
        tasks = []
        for turn in range(40):
            tasks.append(asyncio.create_task(write_one(tables, f"p{turn}")))
            os.fsync(other.fileno())  # the thread of the journal could write in the meantime
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    with (tmp_path / "other").open("wb") as other:
        asyncio.run(all_writers())
    tables.close()
    assert points.count("before_fsync") == 1
    assert len(reread(tmp_path)) == 40


def test_a_commit_does_not_wait_for_an_endless_stream_of_others(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)

    async def stream() -> int:
        clock = itertools.count()
        asyncio.get_running_loop().time = lambda: next(clock) / 1_000  # type: ignore[method-assign]
        first = asyncio.create_task(write_one(tables, "first"))
        others: list[asyncio.Task[None]] = []
        while not first.done() and len(others) < 20_000:
            others.append(asyncio.create_task(write_one(tables, f"p{len(others)}")))
            await asyncio.sleep(0)
        await asyncio.gather(first, *others)
        return len(others)

    assert asyncio.run(stream()) < 20_000
    tables.close()


def killed_after(home: Path, commits: int, synced: int) -> Path:
    """The folder of a process that was killed after some one-record commits; head.json is that of an earlier one."""
    tables = open_tables(home / "whole")
    for number in range(commits):
        put(tables, {"id": f"p{number}"})
        if number + 1 == synced:
            head = (home / "whole" / "head.json").read_bytes()
    shutil.copytree(home / "whole", home / "killed")
    (home / "killed" / "head.json").write_bytes(head)
    tables.close()
    return home / "killed"


def test_torn_tail_at_every_byte_opens_with_whole_records_only(tmp_path: Path) -> None:
    killed = killed_after(tmp_path, 5, 2)
    whole = (killed / JOURNAL).read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in range(sum(map(len, lines[:2])), len(whole)):
        folder = Path(shutil.copytree(killed, tmp_path / f"cut{cut}"))
        (folder / JOURNAL).write_bytes(whole[:cut])
        tables = open_tables(folder)
        assert [r["id"] for r in held(tables)] == [f"p{n}" for n in range(whole[:cut].count(b"\n"))], cut
        put(tables, {"id": "after"})
        tables.close()
        assert reread(folder)[-1] == {"id": "after"}


@pytest.mark.parametrize("synced", [1, 4])
def test_flipped_bit_in_the_durable_part_is_reported_with_its_place(tmp_path: Path, synced: int) -> None:
    """Later lines vouch for a line as well as head.json does."""
    killed = killed_after(tmp_path, 4, synced)
    whole = (killed / JOURNAL).read_bytes()
    offset = 0
    for number, line in enumerate(whole.splitlines(keepends=True)[: max(synced, 2)]):
        damaged = bytearray(whole)
        damaged[offset + len(line) // 2] ^= 0x04
        folder = Path(shutil.copytree(killed, tmp_path / f"flip{number}"))
        (folder / JOURNAL).write_bytes(damaged)
        with pytest.raises(JournalDamaged, match=f"byte {offset}"):
            open_tables(folder)
        offset += len(line)


def test_a_failed_write_is_rolled_back_and_the_next_one_succeeds(tmp_path: Path) -> None:
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == "before_append":
            raise OSError(28, "No space left on device")

    tables = open_tables(tmp_path, fault=fault)
    put(tables, {"id": "a", "city": "Oslo"})
    broken.append(True)
    for record in ({"id": "b", "city": "Oslo"}, {"id": "a", "city": "Bergen"}):
        with pytest.raises(StorageFailed, match="No space left"):
            put(tables, record)
    assert people(tables).find("city", "Oslo") == held(tables) == [{"id": "a", "city": "Oslo"}]
    broken.clear()
    put(tables, {"id": "c"})
    tables.close()
    assert [record["id"] for record in reread(tmp_path)] == ["a", "c"]


def test_after_a_failed_sync_nothing_more_is_acknowledged(tmp_path: Path) -> None:
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == "before_fsync":
            raise OSError(5, "Input/output error")

    tables = open_tables(tmp_path, fault=fault)
    put(tables, {"id": "a"})
    broken.append(True)
    with pytest.raises(StorageFailed, match="Input/output error"):
        put(tables, {"id": "b"})
    broken.clear()
    with pytest.raises(StorageFailed):
        put(tables, {"id": "c"})
    assert held(tables) == [{"id": "a"}], "readers see what was never acknowledged"
    assert (
        tables.lost()
        == "the journal cannot be synced: Input/output error; restart the server to continue with the data that is on disk"
    )
    tables.close()
    assert "c" not in [record["id"] for record in reread(tmp_path)]


def test_commits_that_wait_for_a_failed_one_are_rolled_back_with_it(tmp_path: Path) -> None:
    """The later commit builds on the earlier one, so it fails too; then memory and disk agree."""
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == "before_append":
            raise OSError(28, "No space left on device")

    async def life() -> None:
        tables = open_tables(tmp_path, fault=fault)
        await tables.write(lambda: put(tables, {"id": "a", "city": "Oslo"}, {"id": "z"}))
        broken.append(True)
        moves = [
            tables.write(lambda: put(tables, {"id": "a", "city": "Bergen"})),
            tables.write(lambda: put(tables, {"id": "a", "city": "Voss"}, {"id": "b"})),
            tables.write(lambda: empty(tables)),
        ]
        failed = await asyncio.gather(*moves, return_exceptions=True)
        assert [type(one) for one in failed] == [StorageFailed] * 3
        assert sorted(held(tables), key=str) == [{"id": "a", "city": "Oslo"}, {"id": "z"}]
        assert len(people(tables).find("city", "Oslo")) == 1
        with pytest.raises(StorageFailed):
            await tables.ready()
        broken.clear()
        await tables.ready()
        await tables.write(lambda: put(tables, {"id": "c"}))
        await tables.aclose()

    asyncio.run(life())
    assert [record["id"] for record in reread(tmp_path)] == ["a", "z", "c"]


def test_a_unit_that_finds_nothing_to_do_fails_with_the_commit_that_did_it(tmp_path: Path) -> None:
    """Else "it is so already" would be acknowledged, and then it is not so."""
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == "before_append":
            raise OSError(28, "No space left on device")

    async def life() -> None:
        tables = open_tables(tmp_path, fault=fault)

        def disable() -> bool:
            if people(tables).get("a") == {"id": "a", "active": False}:
                return False
            put(tables, {"id": "a", "active": False})
            return True

        broken.append(True)
        failed = await asyncio.gather(*(tables.write(disable) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in failed] == [StorageFailed] * 3
        broken.clear()
        assert await asyncio.gather(*(tables.write(disable) for _ in range(3))) == [True, False, False]
        await tables.aclose()

    asyncio.run(life())
    assert reread(tmp_path) == [{"id": "a", "active": False}]


def test_after_a_failed_sync_in_a_loop_nothing_more_is_acknowledged(tmp_path: Path) -> None:
    broken: list[bool] = []

    def fault(where: str) -> None:
        if broken and where == "before_fsync":
            raise OSError(5, "Input/output error")

    async def life() -> None:
        tables = open_tables(tmp_path, fault=fault)
        await write_one(tables, "a")
        broken.append(True)
        failed = await asyncio.gather(*(write_one(tables, name) for name in "bc"), return_exceptions=True)
        assert [type(one) for one in failed] == [StorageFailed] * 2
        broken.clear()
        with pytest.raises(StorageFailed, match="cannot be synced"):
            await write_one(tables, "d")
        assert held(tables) == [{"id": "a"}]
        assert tables.lost() is not None
        await tables.aclose()

    asyncio.run(life())
    assert "d" not in [record["id"] for record in reread(tmp_path)]


def test_a_compaction_while_commits_come_in_loses_nothing(tmp_path: Path) -> None:
    async def life() -> None:
        tables = open_tables(tmp_path, compact_after_bytes=2_000)
        for number in range(30):
            await asyncio.gather(*(write_one(tables, f"{number}-{lane}") for lane in range(3)))
        await tables.aclose()

    asyncio.run(life())
    assert (tmp_path / "snapshot.json").exists()
    assert len(reread(tmp_path)) == 90


def test_the_loop_goes_on_while_the_thread_syncs(tmp_path: Path) -> None:
    has_read = threading.Event()
    threads: list[str] = []

    def fault(where: str) -> None:
        if where == "before_fsync":
            threads.append(threading.current_thread().name)
            assert has_read.wait(60)

    async def life() -> None:
        tables = open_tables(tmp_path, fault=fault)
        first = asyncio.create_task(write_one(tables, "first"))
        while not threads:
            await asyncio.sleep(0)
        second = asyncio.create_task(write_one(tables, "second"))
        await asyncio.sleep(0)
        assert len(await tables.read(lambda: held(tables))) == 2
        for _ in range(100):  # the second commit is handed over in one of these turns
            await asyncio.sleep(0)
        assert not first.done()
        assert not second.done()
        has_read.set()
        await asyncio.gather(first, second)
        await tables.aclose()

    worker = threading.Thread(target=lambda: asyncio.run(life()))  # the loop does not have to be in the main thread
    worker.start()
    worker.join()
    assert threads == ["journal", "journal"]
    assert len(reread(tmp_path)) == 2


def empty(tables: TinyDBTables) -> None:
    transaction = tables.transaction()
    transaction.drop(people(tables))
    transaction.commit()
