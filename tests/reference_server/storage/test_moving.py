"""Export and import: what was moved is the same, at the same places; a file or a store that is not fit is refused whole."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from reference_server.embedded import embedded_server
from reference_server.moving import Progress
from reference_server.storage.database import open_tables
from reference_server.storage.export_lines import Checked, Told, UnfitExport
from reference_server.storage.exporting import export_store
from reference_server.storage.importing import NotEmpty, ReadBackDiffers, import_store
from reference_server.storage.opening import open_store
from reference_server.storage.tables import FolderNotWritable, StorageFailed, Tables
from tests.support import Command, Scim
from tests.warm_process import run_code

FORMAT_1 = Path(__file__).parents[2] / "fixtures" / "store" / "format-1.jsonl"
ENGINES = ["folder", "postgres"]


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing was ever stored."""
    return (
        str(tmp_path / "target")
        if request.param == "folder"
        else request.getfixturevalue("postgres").emptied_database()
    )


def quiet(doing: str) -> Told:
    return lambda done, total: None


def imported(target: str, file: bytes, phase: Callable[[str], Told] = quiet) -> Checked:
    return asyncio.run(import_store(target, io.BytesIO(file), "moved.jsonl", phase))


def exported(data: str) -> bytes:
    async def life() -> bytes:
        tables, written = await open_store(data, make=False), io.BytesIO()
        await export_store(tables, written.write, quiet(""))
        await tables.aclose()
        return written.getvalue()

    return asyncio.run(life())


def content(file: bytes) -> list[bytes]:
    """The lines without the header, which has a time, and without the hash over it."""
    return file.splitlines()[1:-1]


def lived(data: str, work: Callable[[Tables], Any]) -> Any:
    """What a unit of work on a store gives."""

    async def life() -> Any:
        tables = await open_store(data)
        try:
            return await tables.write(lambda: work(tables))
        finally:
            await tables.aclose()

    return asyncio.run(life())


def put(tables: Tables, table: str, *keys: str) -> None:
    transaction = tables.transaction()
    for key in keys:
        transaction.put(tables.table(table), {"id": key, "text": "Łódź \x00\u2028\U0001f600", "n": 1.5})
    transaction.commit()


def remove(tables: Tables, table: str, *keys: str) -> None:
    transaction = tables.transaction()
    for key in keys:
        transaction.remove(tables.table(table), key)
    transaction.commit()


def random_life(tables: Tables) -> None:
    """Tables with gaps at the beginning, in the middle, at the end; one that was emptied, one that was dropped."""
    dice = random.Random(7)
    for number in range(40):
        put(tables, dice.choice("abc"), *(f"{number}/{n}" for n in range(60)))
    for name in "abc":
        keys = [record["id"] for record in tables.table(name)]
        remove(tables, name, keys[0], keys[-1], *dice.sample(keys, len(keys) // 3))
    put(tables, "emptied", "x", "y")
    remove(tables, "emptied", "x", "y")
    put(tables, "dropped", "x")
    transaction = tables.transaction()
    transaction.drop(tables.table("dropped"))
    transaction.commit()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a life behind it."""
    folder = str(tmp_path_factory.mktemp("source"))
    lived(folder, random_life)
    return folder


@pytest.fixture(scope="module")
def moved(source: str) -> bytes:
    return exported(source)


# ── there and back ──


def test_what_was_moved_is_the_same_at_the_same_places(target: str, source: str, moved: bytes, tmp_path: Path) -> None:
    checked = imported(target, moved)
    assert (checked.tables, checked.sha256) == (3, json.loads(moved.splitlines()[-1])["sha256"])
    assert content(exported(target)) == content(moved)
    imported(str(tmp_path / "back"), exported(target))
    assert content(exported(str(tmp_path / "back"))) == content(moved)


def test_a_cursor_of_before_goes_on_where_it_was(target: str, source: str, moved: bytes) -> None:
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


def test_the_hash_is_over_all_bytes_before_it(moved: bytes) -> None:
    *lines, last = moved.splitlines(keepends=True)
    assert json.loads(last) == {"records": len(lines) - 6, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}


def test_an_older_export_is_brought_to_this_versions_format(target: str) -> None:
    checked = imported(target, FORMAT_1.read_bytes())
    assert (checked.format, checked.records) == (1, 53)
    held = lived(target, lambda tables: list(tables.table("connections")))
    assert [record["ticked_at"] for record in held] == ["2026-03-02T08:15:00+00:00", None]
    assert json.loads(exported(target).splitlines()[0])["format"] == 2


# ── what is refused ──


def signed(lines: list[bytes]) -> bytes:
    """These lines with counts and hash that fit them."""
    body = b"".join(line + b"\n" for line in lines)
    records = sum(b'"record":' in line for line in lines)
    return body + json.dumps({"records": records, "sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n"


HEADER = b'{"scimulator":"0.1.0","format":2,"tables":%d,"exported":"now"}'
A = b'{"table":"a","records":2,"next_position":5}'
FIRST = b'{"table":"a","position":2,"record":{"id":"x"}}'
SECOND = b'{"table":"a","position":4,"record":{"id":"y"}}'
GOOD = [HEADER % 1, A, FIRST, SECOND]
BAD = {
    "nothing": (b"", "ends after line 0: expected a last line"),
    "cut off": (signed(GOOD)[:-20], "moved.jsonl:5: expected JSON"),
    "without an end": (b"\n".join(GOOD) + b"\n", "ends after line 4: expected a last line"),
    "no JSON": (signed([b"hello"]), "moved.jsonl:1: expected JSON"),
    "no object": (signed([b"[]"]), "moved.jsonl:1: expected a JSON object"),
    "no header": (signed([A]), "moved.jsonl:1: expected a header"),
    "newer": (signed([b'{"scimulator":"9","format":99,"tables":0}']), "moved.jsonl:1: has format 99; this version reads up to 2"),
    "format 0": (signed([b'{"scimulator":"9","format":0,"tables":0}']), "moved.jsonl:1: expected a header"),
    "tables missing": (signed([HEADER % 2, *GOOD[1:]]), "moved.jsonl:5: tables: expected 1 by what the file holds, got 2"),
    "record missing": (signed(GOOD[:3]), "moved.jsonl:4: expected 1 more records of a"),
    "record too many": (signed([*GOOD, SECOND]), "moved.jsonl:5: expected no more records of a"),
    "record of another table": (signed([*GOOD[:2], FIRST.replace(b'"a"', b'"b"')]), "moved.jsonl:3: expected no more records of b"),
    "order": (signed([*GOOD[:2], SECOND, FIRST]), "moved.jsonl:4: position: expected a number from 5 to 4, got 2"),
    "place beyond the end": (signed([*GOOD[:3], SECOND.replace(b"4", b"5")]), "moved.jsonl:4: position: expected a number from 3 to 4"),
    "twice the same id": (signed([*GOOD[:3], SECOND.replace(b"y", b"x")]), "moved.jsonl:4: id: an earlier record"),
    "no id": (signed([*GOOD[:3], SECOND.replace(b"id", b"ID")]), "moved.jsonl:4: expected {"),
    "position as text": (signed([*GOOD[:3], SECOND.replace(b"4", b'"4"')]), "moved.jsonl:4: expected {"),
    "table twice": (signed([HEADER % 2, *GOOD[1:], A]), "moved.jsonl:5: expected another table here than a"),
    "our own note": (signed([GOOD[0], A.replace(b'"a"', b'"import"')]), "moved.jsonl:2: expected another table here than import"),
    "no room": (signed([GOOD[0], A.replace(b"5", b"2")]), "moved.jsonl:2: next_position: expected more than 2"),
    "table of no name": (signed([GOOD[0], b'{"table":1}']), "moved.jsonl:2: expected {"),
    "line of no kind": (signed([*GOOD, b'{"tabel":1}']), "moved.jsonl:5: expected one of"),
    "count": (signed(GOOD).replace(b'"records": 2', b'"records": 3'), "moved.jsonl:5: records: expected 2"),
    "changed": (signed(GOOD).replace(b'{"id":"x"}', b'{"id":"z"}'), "moved.jsonl:5: sha256: expected"),
    "more after the end": (signed(GOOD) + b"{}\n", "moved.jsonl:6: expected nothing after the hash"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "words"), BAD.values(), ids=BAD)
def test_a_file_that_is_not_fit_is_refused_before_anything_is_made(tmp_path: Path, file: bytes, words: str) -> None:
    with pytest.raises(UnfitExport) as told:
        imported(str(tmp_path / "target"), file)
    assert words in str(told.value)
    assert not (tmp_path / "target").exists()


def test_the_good_file_that_the_bad_ones_are_made_of_is_taken(target: str) -> None:
    assert imported(target, signed(GOOD)).records == 2


@pytest.mark.parametrize("work", [lambda tables: put(tables, "a", "x"), random_life], ids=["a record", "a life"])
def test_a_store_that_held_anything_is_left_alone(target: str, work: Callable[[Tables], None]) -> None:
    lived(target, work)
    before = exported(target)
    with pytest.raises(NotEmpty, match="expected a store that nothing was ever written to"):
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
    with pytest.raises(StorageFailed, match="part of an import"):
        exported(target)


# ── cut off in the middle ──


DYING = """
import asyncio, os, sys
from reference_server.storage.importing import import_store

def phase(doing):
    left = int(sys.argv[4]) if doing == sys.argv[3] else -1
    if left == 0:
        os._exit(9)
    def told(done, total):
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)
    return told

asyncio.run(import_store(sys.argv[1], open(sys.argv[2], "rb"), "moved.jsonl", phase))
"""


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
    with pytest.raises(StorageFailed, match="part of an import that was cut off"):
        exported(target)
    with pytest.raises(NotEmpty, match="part of another file"):
        imported(target, signed(GOOD))
    imported(target, moved)
    assert content(exported(target)) == content(moved)


DYING_AT_A_SYNC = """
import asyncio, os, sys
from reference_server.storage.importing import import_store

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


# ── as commands ──


@pytest.mark.slow
def test_a_served_folder_is_exported_imported_and_served_again(scimulator: Command, tmp_path: Path) -> None:
    tokens = ["--token", "scim_tok_moving", "--admin-token", "scim_adm_moving"]
    with embedded_server(data=tmp_path / "data", arguments=tokens) as server:
        scim = Scim(server)
        people = [scim.user() for _ in range(3)]
        scim.group(people[0]["id"])
        listed = scim.get("/Users?count=2&cursor=").json
        refused = scimulator("export", "--data", "data")
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
        assert "is in use by process" in refused.stderr
    shown = scimulator("export", "--data", "data", "--output", "moved.jsonl")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (tmp_path / "moved.jsonl").stat().st_mode & 0o777 == 0o600
    told = scimulator("import", "--data", "new", "moved.jsonl")
    assert told.returncode == 0, told.stderr
    assert told.stdout == shown.stdout.replace("exported", "imported").rstrip() + " checked by reading back\n"
    with embedded_server(data=tmp_path / "new", arguments=tokens) as server:
        scim = Scim(server)
        following = scim.get(f"/Users?count=2&cursor={listed['nextCursor']}").json
        assert [user["id"] for user in following["Resources"]] == [people[2]["id"]]
        assert scim.get(f"/Users/{people[0]['id']}").json["groups"]
    assert "scim_tok_moving" not in (tmp_path / "moved.jsonl").read_text()


@pytest.mark.slow
def test_a_pipe_will_do_for_both(source: str, moved: bytes, tmp_path: Path) -> None:
    tool = [sys.executable, "-m", "scimulator"]
    with subprocess.Popen(
        [*tool, "export", "--data", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        command = [*tool, "import", "--data", str(tmp_path / "new"), "-"]
        reader = subprocess.run(command, stdin=writer.stdout, capture_output=True, text=True, check=False)
        assert writer.stderr is not None
        assert f"exported {json.loads(moved.splitlines()[-1])['records']:,} records".encode() in writer.stderr.read()
    assert (reader.returncode, reader.stderr, writer.returncode) == (0, "", 0)
    assert content(exported(str(tmp_path / "new"))) == content(moved)


@pytest.mark.slow
def test_a_server_refuses_a_part_of_a_store(scimulator: Command, moved: bytes, tmp_path: Path) -> None:
    (tmp_path / "moved.jsonl").write_bytes(moved)
    assert run_code(DYING, "part", "moved.jsonl", "importing", "1", cwd=tmp_path) == 9
    shown = scimulator("serve", "--port", "0", "--data", "part")
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1)
    assert "expected `scimulator import` of the same file again" in shown.stderr


CALLS = {
    "no folder": (["export", "--data", "typo"], "data folder typo: expected a folder that `scimulator serve"),
    "no such file": (["import", "--data", "new", "missing.jsonl"], "import: missing.jsonl: No such file"),
    "a folder for a file": (["import", "--data", "new", "."], "import: .: Is a directory"),
    "another database": (["export", "--data", "mysql://scim:secret@localhost/scim"], "got mysql://…"),
    "newer file": (["import", "--data", "new", "newer.jsonl"], "newer.jsonl:1: has format 99"),
    "nowhere to write": (
        ["export", "--data", "data", "-o", "/proc/none/moved.jsonl"],
        "export: /proc/none/moved.jsonl: No such file",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "words"), CALLS.values(), ids=CALLS)
def test_what_cannot_be_done_gets_one_line(
    scimulator: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "newer.jsonl").write_bytes(BAD["newer"][0])
    open_tables(tmp_path / "data").close()
    shown = scimulator(*arguments)
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1)
    assert words in shown.stderr
    assert "secret" not in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "newer.jsonl"]


@pytest.mark.slow
def test_without_the_drivers_the_line_says_what_to_install() -> None:
    code = "import sys; sys.modules.update(sqlalchemy=None, asyncpg=None)\n"
    code += "sys.argv = ['scimulator', 'export', '--data', 'postgresql://scim:secret@localhost/scim']\n"
    code += "import scimulator; scimulator.main()"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (shown.returncode, len(shown.stderr.splitlines())) == (2, 1)
    assert 'pip install "scimulator[postgres]"' in shown.stderr
    assert "secret" not in shown.stderr


def test_an_export_that_fails_leaves_the_file_of_before(tmp_path: Path, source: str, scimulator: Command) -> None:
    (tmp_path / "kept.jsonl").write_text("the file of yesterday")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "format.json").write_text('{"format": 99}')
    assert scimulator("export", "--data", "data", "-o", "kept.jsonl").returncode == 2
    assert (tmp_path / "kept.jsonl").read_text() == "the file of yesterday"


def test_progress_is_told_after_two_seconds_and_once_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    with freeze_time("2026-03-02") as clock:
        told = Progress("importing")
        for done in range(1_000, 7_000, 1_000):
            clock.tick(0.75)
            told(done, 500_000)
    lines = ["  importing     3,000 of 500,000 records", "  importing     5,000 of 500,000 records"]
    assert capsys.readouterr().err.splitlines() == lines


def test_a_folder_that_is_not_there_is_not_made_by_export(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable, match="expected a folder"):
        exported(str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()
