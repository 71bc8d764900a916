"""Import: the same records at the same positions, after interruptions too, and nothing into a store with data."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reference_server.scale.export_format import Told
from reference_server.scale.import_store import NotEmpty, ReadBackDiffers, import_store
from reference_server.storage.database import open_tables
from reference_server.storage.folder import FORMAT
from reference_server.storage.tables import StorageFailed, Tables
from tests.reference_server.scale.exports import (
    DYING,
    FORMAT_1,
    GOOD,
    content,
    exported,
    imported,
    lived,
    put,
    quiet,
    random_life,
    signed,
)
from tests.warm_process import run_code


def test_what_was_moved_is_the_same_at_the_same_places(target: str, source: str, moved: bytes, tmp_path: Path) -> None:
    checked = imported(target, moved)
    assert (checked.tables, checked.sha256) == (3, json.loads(moved.splitlines()[-1])["sha256"])
    assert content(exported(target)) == content(moved)
    imported(str(tmp_path / "back"), exported(target))
    assert content(exported(str(tmp_path / "back"))) == content(moved)


def test_a_cursor_of_before_continues_where_it_was(target: str, source: str, moved: bytes) -> None:
    def look(tables: Tables) -> list[Any]:
        return [[r["id"] for r in tables.table("a").page_after(position, 5)] for position in range(0, 900, 37)]

    def goes_on(tables: Tables) -> list[int]:
        for name in ("a", "emptied", "dropped"):
            put(tables, name, "new")
        return [tables.table(name).position("new") for name in ("a", "emptied", "dropped")]

    imported(target, moved)
    assert lived(target, look) == lived(source, look)
    expected = [json.loads(line)["next_position"] for line in content(moved) if b'"next_position"' in line]
    assert lived(target, goes_on) == [expected[0], 3, 2]


def test_a_skipped_position_stays_skipped_and_none_is_given_twice(target: str) -> None:
    def skip(tables: Tables, position: int) -> int:
        transaction = tables.transaction()
        transaction.put(tables.table("a"), {"id": f"before {position}"})
        transaction.skip(tables.table("a"), position)
        transaction.commit()
        return tables.positions()["a"]

    assert lived(target, lambda tables: skip(tables, 10)) == 10
    assert lived(target, lambda tables: skip(tables, 4)) == 11  # too late: it has come further
    if "://" not in target:
        tables = open_tables(Path(target))
        tables.compact(wait=True)
        tables.close()
    assert lived(target, lambda tables: tables.table("a").rows_after(1, 9)) == [(10, b'{"id":"before 4"}')]
    assert lived(target, lambda tables: skip(tables, 12)) == 12


def test_an_older_export_is_brought_to_this_versions_format(target: str) -> None:
    checked = imported(target, FORMAT_1.read_bytes())
    assert (checked.format, checked.records) == (1, 53)
    held = lived(target, lambda tables: list(tables.table("connections")))
    assert [record["ticked_at"] for record in held] == ["2026-03-02T08:15:00+00:00", None]
    assert json.loads(exported(target).splitlines()[0])["format"] == FORMAT


@pytest.mark.parametrize("work", [lambda tables: put(tables, "a", "x"), random_life], ids=["a record", "a life"])
def test_a_store_that_held_anything_is_left_alone(target: str, work: Callable[[Tables], None]) -> None:
    lived(target, work)
    before = exported(target)
    with pytest.raises(NotEmpty, match="expected an empty store that no server has used"):
        imported(target, signed(GOOD))
    assert content(exported(target)) == content(before)


def test_a_file_that_changes_under_the_import_is_found_out(target: str, moved: bytes) -> None:
    file = io.BytesIO(moved)

    def phase(doing: str) -> Told:
        if doing == "importing":  # it was checked already
            file.getbuffer()[moved.rindex(b'"n":1.5') + 4] = ord("2")
        return quiet(doing)

    with pytest.raises(ReadBackDiffers, match="expected sha256"):
        asyncio.run(import_store(target, file, "moved.jsonl", phase))
    with pytest.raises(StorageFailed, match="contains an interrupted import"):
        exported(target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("doing", "calls"), [("importing", 0), ("importing", 1), ("importing", 2), ("reading back", 0), ("reading back", 2)]
)
def test_an_import_that_was_killed_is_no_store_until_it_was_carried_on(
    target: str, moved: bytes, tmp_path: Path, doing: str, calls: int
) -> None:
    path = tmp_path / "moved.jsonl"
    path.write_bytes(moved)
    assert run_code(DYING, target, str(path), doing, str(calls)) == 9
    with pytest.raises(StorageFailed, match="contains an interrupted import"):
        exported(target)
    with pytest.raises(NotEmpty, match="partial import of another file"):
        imported(target, signed(GOOD))
    imported(target, moved)
    assert content(exported(target)) == content(moved)


DYING_AT_A_SYNC = """
import asyncio, os, sys
from reference_server.scale.import_store import import_store

left, sync = int(sys.argv[3]), os.fdatasync

def dying(descriptor):
    global left
    left -= 1
    if left == 0:
        os._exit(9)
    sync(descriptor)

os.fdatasync = dying
asyncio.run(import_store(sys.argv[1], open(sys.argv[2], "rb"), "moved.jsonl", lambda doing: lambda done, total: None))
"""


@pytest.mark.slow
def test_killed_at_any_write_an_older_export_ends_up_whole_and_of_this_format(tmp_path: Path) -> None:
    """nth = 1, 2, 3, … until an import passes; what is a store for servers must be the whole one."""
    imported(str(tmp_path / "whole"), FORMAT_1.read_bytes())
    whole = content(exported(str(tmp_path / "whole")))
    for nth in range(1, 50):
        folder = str(tmp_path / str(nth))
        code = run_code(DYING_AT_A_SYNC, folder, str(FORMAT_1), str(nth))
        try:
            exported(folder)
        except StorageFailed:
            imported(folder, FORMAT_1.read_bytes())
        assert content(exported(folder)) == whole
        if code == 0:
            assert nth > 4
            return
        assert code == 9
    raise AssertionError("every import was killed")
