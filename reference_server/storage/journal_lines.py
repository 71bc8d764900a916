"""Writes, parses, and verifies the lines of the journal.

A line is `<sequence> <durable> <chain before> <chain> <operations as JSON>\n`. The chain is a checksum over the rest of the
line, including the chain of the previous line, so a line is valid in one place only. `durable` is the highest sequence that
was known to be on disk when the line was written.

Data after the last good line was never acknowledged if neither head.json nor a later line confirms it. It is a torn tail and
is truncated. Everything else that does not fit is loss or damage, which is reported with its file and offset.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from reference_server.storage.head import HEAD, START, Head, Point
from reference_server.storage.tables import JournalDamaged
from reference_server.turns import count

Operation = list[Any]  # [table name, document id, record | None]; [table name, None, None] empties the table

PIECE = 1_048_576  # bytes per step of a checksum
PIECE_STEPS = 1_000  # the cost of such a step

_NAME = re.compile(r"journal-(\d{6,})\.log")


class Line(NamedTuple):
    """A complete and undamaged line."""

    point: Point
    durable: int
    before: int  # the chain of the previous line
    body: bytes


@dataclass(slots=True)
class JournalFile:
    """A journal file: the sequence of its last line (or of the previous file's if it is empty), and its size."""

    path: Path
    last: int
    size: int

    @property
    def number(self) -> int:
        return int(self.path.stem.partition("-")[2])


class Encoded(NamedTuple):
    """The line of a commit, which is valid only after one particular line."""

    line: bytes
    point: Point
    after: Point


def encode(after: Point, durable: int, body: bytes) -> tuple[bytes, Point]:
    """The line of the commit that follows `after`, from the JSON of its operations; can pause for large ones."""
    sequence = after.sequence + 1
    begin = b"%d %d %08x " % (sequence, durable, after.chain)
    chain = zlib.crc32(begin)
    if len(body) <= PIECE:
        chain = zlib.crc32(body, chain)
    else:
        for start in range(0, len(body), PIECE):
            count(PIECE_STEPS)
            chain = zlib.crc32(memoryview(body)[start : start + PIECE], chain)
    return b"%b%08x %b\n" % (begin, chain, body), Point(sequence, chain)


def parse(line: bytes) -> Line | None:
    """The parts of a line, or None if it is incomplete or damaged."""
    parts = line.split(b" ", 4)
    if len(parts) != 5:
        return None
    try:
        sequence, durable, before, chain = int(parts[0]), int(parts[1]), int(parts[2], 16), int(parts[3], 16)
    except ValueError:
        return None
    begin = b"%d %d %08x " % (sequence, durable, before)
    if zlib.crc32(parts[4], zlib.crc32(begin)) != chain or not line.startswith(b"%b%08x " % (begin, chain)):
        return None
    return Line(Point(sequence, chain), durable, before, parts[4])


def journal_files(folder: Path) -> list[Path]:
    """The journals of a folder, oldest first. Raises JournalDamaged for a file with an unexpected name."""
    found = sorted(folder.glob("journal-*.log"))
    for path in found:
        if not _NAME.fullmatch(path.name):
            raise JournalDamaged(f"{path.name}: expected a name like journal-000001.log")
    return sorted(found, key=lambda path: int(path.stem.partition("-")[2]))


class JournalReader:
    """Reads the journals of a folder. After `commits` is exhausted, `end` and `files` describe them."""

    def __init__(self, folder: Path, covered: Point, head: Head) -> None:
        """`covered` is the last commit that the snapshot includes."""
        self._paths = journal_files(folder)
        self._covered = covered
        self._head = head
        self._torn: tuple[Path, int] | None = None
        self._read: Point | None = None  # the last line so far
        self.files: list[JournalFile] = []

    @property
    def end(self) -> Point:
        """The last commit."""
        return self._read or self._covered

    def commits(self) -> Iterator[list[Operation]]:
        """The commits that the snapshot does not include, in order. Raises JournalDamaged before the folder is changed."""
        for path in self._paths:
            data, offset = path.read_bytes(), 0
            if data and self._torn is not None:
                raise _missing(self._torn[0], self._torn[1], f"sequence {self.end.sequence + 1}", "a damaged line")
            while offset < len(data):
                end = data.find(b"\n", offset)
                line = parse(data[offset:end]) if end >= 0 else None
                if line is None:
                    self._judge(path, data, offset)
                    break
                self._check(path, offset, line)
                self._read = line.point
                if line.point.sequence > self._covered.sequence:
                    yield orjson.loads(line.body)
                offset = end + 1
            self.files.append(JournalFile(path, self.end.sequence, offset))
        self._check_end()
        if self._torn is not None:
            _cut(*self._torn)

    def _check(self, path: Path, offset: int, line: Line) -> None:
        """Check that a line follows the previous one, or the snapshot."""
        sequence, before = line.point.sequence, self._read
        if before is None:
            if sequence > self._covered.sequence + 1:
                covers = (
                    f"sequence {self._covered.sequence + 1}, because snapshot.json includes {self._covered.sequence}"
                )
                raise _missing(path, offset, covers, f"sequence {sequence}")
            before = {self._covered.sequence + 1: self._covered, 1: START}.get(sequence)
        elif sequence != before.sequence + 1:
            raise _missing(path, offset, f"sequence {before.sequence + 1}", f"sequence {sequence}")
        if before is not None and line.before != before.chain:
            raise _missing(
                path, offset, f"the line that follows sequence {before.sequence}", "a line that does not follow it"
            )
        for known, name in ((self._covered, "snapshot.json"), (self._head.point, HEAD)):
            if sequence == known.sequence and line.point != known:
                raise _missing(path, offset, f"the line of sequence {sequence} that {name} names", "a different line")

    def _judge(self, path: Path, data: bytes, offset: int) -> None:
        """Remember an invalid line as the torn tail, or raise JournalDamaged if it was once complete."""
        expected = self.end.sequence + 1
        later = (parse(line) for line in data[offset:].split(b"\n")[1:])
        vouched = any(line is not None and line.durable >= expected for line in later)
        if vouched or self._head.is_closed or expected <= self._head.point.sequence:
            raise JournalDamaged(f"{path.name}: damaged record at byte {offset} (sequence {expected})")
        self._torn = (path, offset)

    def _check_end(self) -> None:
        """Check that the last line is not older than the commits in the snapshot and head.json."""
        head, end = self._head.point, self.end
        last = self.files[-1] if self.files else None
        place, offset = (last.path, last.size) if last else (Path("snapshot.json"), 0)
        for known, name in ((self._covered, "snapshot.json"), (head, HEAD)):
            if end.sequence < known.sequence:
                raise _missing(
                    place,
                    offset,
                    f"sequence {end.sequence + 1} to {known.sequence}, as {name} states",
                    "the end of the file",
                )
        if self._covered.sequence == head.sequence and self._covered != head:
            raise _missing(
                Path("snapshot.json"),
                0,
                f"the snapshot of sequence {head.sequence} that {HEAD} names",
                "a different snapshot",
            )
        if self._head.is_closed and end.sequence > head.sequence:
            raise _missing(
                place, offset, f"the end at sequence {head.sequence}, as {HEAD} states", f"sequence {end.sequence}"
            )


def _missing(path: Path, offset: int, expected: str, found: str) -> JournalDamaged:
    return JournalDamaged(
        f"{path.name}: byte {offset}: expected {expected}, found {found}; restore the folder from a backup"
    )


def _cut(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.truncate(offset)
        os.fsync(file.fileno())
