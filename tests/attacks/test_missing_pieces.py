"""A data folder in which a piece is missing, doubled, moved, or foreign: every loss is reported with its file and place."""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from reference_server.storage.database import TinyDBTables, open_tables
from reference_server.storage.tables import FolderInUse, FolderNotWritable, FolderTooNew, JournalDamaged, StorageFailed
from tests.support import Command

Damage = Callable[[Path], None]
Content = dict[str, list[tuple[int, bytes]]]
TABLES = ("people", "groups")


def content_of(tables: TinyDBTables) -> Content:
    return {name: tables.table(name).rows_after(0, 1_000) for name in TABLES}


def put(tables: TinyDBTables, *ids: str) -> None:
    for id_ in ids:
        transaction = tables.transaction()
        transaction.put(tables.table("people"), {"id": id_, "city": "Oslo"})
        if id_.endswith("g"):
            transaction.put(tables.table("groups"), {"id": id_})
            transaction.remove(tables.table("people"), "a1")
        transaction.commit()


class Folders:
    """The same history in three folders: stopped in order, killed, and killed right after a compaction.

    `older` is a copy from its middle, and `foreign` continued from that copy with other commits.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._failing = False
        tables = open_tables(home / "live", fault=self._fault)
        put(tables, "a1", "a2", "a3g")
        tables.compact(wait=True)
        put(tables, "b1", "b2g", "b3")
        self.older = self._copy("older")
        self._rotate(tables)
        put(tables, "c1", "c2", "c3g")
        self._rotate(tables)
        put(tables, "d1", "d2")
        self.content = content_of(tables)
        self.killed = self._copy("killed")
        tables.close()
        self.stopped = self._copy("stopped")
        tables = open_tables(home / "live")
        tables.compact(wait=True)
        self.compacted = self._copy("compacted")
        tables.close()
        self.foreign = self._foreign()

    def _fault(self, point: str) -> None:
        if self._failing and point == "before_rename":
            raise OSError(28, "No space left on device")

    def _rotate(self, tables: TinyDBTables) -> None:
        """Start a journal file without writing a snapshot."""
        self._failing = True
        tables.compact(wait=True)
        self._failing = False

    def _copy(self, name: str) -> Path:
        return Path(shutil.copytree(self.home / "live", self.home / name, ignore=shutil.ignore_patterns("lock")))

    def _foreign(self) -> Path:
        folder = Path(shutil.copytree(self.older, self.home / "foreign"))
        self._failing = True
        tables = open_tables(folder, fault=self._fault)
        for names in (("x1", "x2", "x3g"), ("y1", "y2")):
            tables.compact(wait=True)
            put(tables, *names)
        tables.close()
        self._failing = False
        return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(tmp_path_factory.mktemp("folders"))


# ── damages ──


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def deleted(*names: str) -> Damage:
    def damage(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def renamed(name: str, other: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).rename(folder / other)

    return damage


def written(name: str, data: bytes) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return damage


def swapped(first: str, second: str) -> Damage:
    def damage(folder: Path) -> None:
        one, other = (folder / first).read_bytes(), (folder / second).read_bytes()
        (folder / first).write_bytes(other)
        (folder / second).write_bytes(one)

    return damage


def whole_files(folder: Path, others: list[Path]) -> Iterator[tuple[str, Damage]]:
    names = files_of(folder)
    for name in names:
        yield "file deleted", deleted(name)
        yield "file emptied", written(name, b"")
        for other in others:
            if (other / name).exists() and (other / name).read_bytes() != (folder / name).read_bytes():
                yield "file of another folder or an older one", written(name, (other / name).read_bytes())
    for pair in itertools.combinations(names, 2):
        yield "two files deleted", deleted(*pair)
        yield "two files swapped", swapped(*pair)
    for name in names:
        if name.startswith("journal"):
            yield "journal file doubled", written("journal-000009.log", (folder / name).read_bytes())
            yield "journal file renamed", renamed(name, "journal-000009.log")
    for other in others:
        for name in files_of(other):
            if name.startswith("journal"):
                yield (
                    "journal file added from another folder",
                    written("journal-000009.log", (other / name).read_bytes()),
                )


def journal_lines(folder: Path, foreign: list[bytes]) -> Iterator[tuple[str, Damage]]:
    for name in files_of(folder):
        if not name.startswith("journal"):
            continue
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        for at, line in enumerate(lines):
            before, after = b"".join(lines[:at]), b"".join(lines[at + 1 :])
            yield "line deleted", written(name, before + after)
            yield "line doubled", written(name, before + line + line + after)
            yield "file cut before a line", written(name, before)
            yield "file cut in a line", written(name, before + line[: len(line) // 2])
            yield "line without its newline", written(name, before + line[:-1] + after)
            if at + 1 < len(lines):
                yield "lines swapped", written(name, before + lines[at + 1] + line + b"".join(lines[at + 2 :]))
            for other in foreign:
                if other not in lines:
                    yield "line of another folder", written(name, before + other + after)
        yield "line of another folder at the end", written(name, b"".join(lines) + foreign[-1])


def damages_of(folders: Folders, folder: Path) -> Iterator[tuple[str, Damage]]:
    foreign = [
        line
        for name in files_of(folders.foreign)
        if name.startswith("journal")
        for line in (folders.foreign / name).read_bytes().splitlines(keepends=True)
    ]
    yield from whole_files(folder, [folders.older, folders.foreign, folders.stopped])
    yield from journal_lines(folder, foreign)


def flipped_bytes(folder: Path, step: int) -> Iterator[tuple[str, Damage]]:
    """One bit of every `step`th byte."""
    for name in files_of(folder):
        data = (folder / name).read_bytes()
        for at in range(0, len(data), step):
            yield f"bit of {name} flipped", written(name, data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])


def cuts(folder: Path, step: int) -> Iterator[tuple[str, Damage]]:
    for name in files_of(folder):
        data = (folder / name).read_bytes()
        for at in range(0, len(data), step):
            yield f"{name} cut", written(name, data[:at])


def judge(folder: Path, expected: Content) -> str:
    """`found` with one line that names file and place, `harmless` if everything is there, else `SILENT`."""
    names = {*files_of(folder), "format.json", "head.json", "snapshot.json", "journal-000001.log"}
    try:
        tables = open_tables(folder)
    except (JournalDamaged, FolderNotWritable, FolderTooNew) as error:
        said = str(error)
        places = r"byte \d+|char \d+|last line|expected a JSON object with a format number|has format \d+"
        named = any(name in said for name in names) or isinstance(error, FolderTooNew)
        is_clear = "\n" not in said and named and re.search(places, said)
        return "found" if is_clear else f"UNCLEAR: {said}"
    try:
        return "harmless" if content_of(tables) == expected else "SILENT"
    finally:
        tables.close()


KINDS = ["stopped", "killed", "compacted"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_missing_piece_is_found_or_harmless(folders: Folders, tmp_path: Path, kind: str) -> None:
    whole: Path = getattr(folders, kind)
    check_all(damages_of(folders, whole), whole, folders.content, tmp_path)


@pytest.mark.parametrize("step", [41, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_and_every_flipped_bit_is_found_or_harmless(
    folders: Folders, tmp_path: Path, kind: str, step: int
) -> None:
    whole: Path = getattr(folders, kind)
    check_all([*cuts(whole, step), *flipped_bytes(whole, step)], whole, folders.content, tmp_path)


def check_all(damages: Iterable[tuple[str, Damage]], whole: Path, expected: Content, home: Path) -> None:
    """Damage a copy each time, and print and check the verdicts."""
    counted: Counter[tuple[str, str]] = Counter()
    for number, (what, damage) in enumerate(damages):
        folder = Path(shutil.copytree(whole, home / str(number)))
        damage(folder)
        counted[what, judge(folder, expected)] += 1
        shutil.rmtree(folder)
    table = "\n".join(f"{whole.name}: {what}: {verdict}: {count}" for (what, verdict), count in sorted(counted.items()))
    print(table)
    assert {verdict for _, verdict in counted} <= {"found", "harmless"}, table
    assert sum(counted.values()) > 30


def test_harmless_is_what_loses_nothing(folders: Folders, tmp_path: Path) -> None:
    """The undamaged folders open with everything, also twice, and a damage is not repaired by looking at it."""
    for whole in (folders.stopped, folders.killed, folders.compacted):
        folder = Path(shutil.copytree(whole, tmp_path / whole.name))
        assert [judge(folder, folders.content) for _ in range(2)] == ["harmless", "harmless"]
        (folder / "head.json").unlink()
        before = {name: (folder / name).read_bytes() for name in files_of(folder)}
        assert [judge(folder, folders.content) for _ in range(2)] == ["found", "found"]
        assert {name: (folder / name).read_bytes() for name in files_of(folder)} == before


def test_the_folder_can_be_written_after_harmless_damage(folders: Folders, tmp_path: Path) -> None:
    """What opens once opens again after a commit: a start never builds on something that the next start rejects."""
    for number, (what, damage) in enumerate(damages_of(folders, folders.stopped)):
        folder = Path(shutil.copytree(folders.stopped, tmp_path / str(number)))
        damage(folder)
        try:
            tables = open_tables(folder)
        except (JournalDamaged, FolderNotWritable):
            continue
        put(tables, "z1")
        expected = content_of(tables)
        tables.close()
        assert judge(folder, expected) == "harmless", what


# ── one folder, one process ──


@pytest.mark.parametrize("gone", [["lock"], ["lock", "head.json"]])
def test_two_processes_never_share_a_folder_though_its_lock_file_is_deleted(tmp_path: Path, gone: list[str]) -> None:
    tables = open_tables(tmp_path)
    put(tables, "a1")
    for name in gone:
        (tmp_path / name).unlink()
    with pytest.raises((FolderInUse, JournalDamaged), match=r"in use by another process|head\.json"):
        open_tables(tmp_path)
    put(tables, "a2")
    expected = content_of(tables)
    tables.close()
    assert judge(tmp_path, expected) == "harmless"


# ── what the commands say ──


@pytest.mark.slow
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["export"]], ids=["serve", "export"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("snapshot.json", "journal-000002.log: byte 0: expected sequence 1"),
        ("journal-000003.log", "journal-000004.log: byte 0: expected sequence 7, found sequence 10"),
        ("journal-000004.log", "journal-000003.log: byte "),
        ("head.json", "head.json: byte 0: the file is missing although format.json exists"),
        ("format.json", "format.json: byte 0: the file is missing although head.json exists"),
    ],
)
def test_commands_answer_with_one_line_and_2(
    scimulator: Command, folders: Folders, tmp_path: Path, command: list[str], name: str, words: str
) -> None:
    folder = Path(shutil.copytree(folders.stopped, tmp_path / "data"))
    (folder / name).unlink()
    shown = scimulator(*command, "--data", str(folder))
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1), shown.stderr
    assert words in shown.stderr


def test_a_journal_file_of_an_unknown_name_is_reported(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    (tmp_path / "journal-new.log").write_bytes(b"")
    with pytest.raises(StorageFailed, match=r"journal-new\.log: expected a name like"):
        open_tables(tmp_path)
