"""head.json: names the latest commit on disk, so that a start detects a missing end of the journal.

The file is one line of fixed length. It is overwritten in place after each sync of the journal and not synced itself. After a
kill it is exact, after a power failure it can be older, and it never names a commit that was not written. A clean shutdown
marks it as closed. The process that uses the folder also locks this file, because the lock file can be deleted.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import orjson

from reference_server.storage.folder import replace_durably
from reference_server.storage.tables import FolderInUse, JournalDamaged

HEAD = "head.json"


class Point(NamedTuple):
    """A commit: its sequence, and the checksum of its line, which includes the checksum of the previous line."""

    sequence: int
    chain: int


START = Point(0, 0)


class Head:
    """The open and locked file; `point` and `is_closed` are its content when it was opened."""

    def __init__(self, folder: Path) -> None:
        """Raises FolderInUse if another process has locked the file, JournalDamaged, or OSError."""
        self._path = folder / HEAD
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise FolderInUse(f"data folder {folder} is in use by another process, which has locked {HEAD}") from None
        try:
            self.point, self.is_closed = _parse(os.pread(self._descriptor, 4_096, 0))
        except BaseException:
            os.close(self._descriptor)
            raise

    def note(self, point: Point) -> None:
        """Write the latest commit on disk."""
        with suppress(OSError):  # an older head is still correct
            os.pwrite(self._descriptor, _line(point, is_closed=False), 0)

    def mark(self, point: Point, *, is_closed: bool) -> None:
        """Write the latest commit durably, at the start and the end of a process. Raises OSError."""
        line = _line(point, is_closed=is_closed)
        if not self._path.exists() or not os.path.samestat(os.stat(self._path), os.fstat(self._descriptor)):
            replace_durably(self._path, line)  # the file was deleted or replaced, but the next start needs it
        os.pwrite(self._descriptor, line, 0)
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def make_head(folder: Path, point: Point) -> None:
    """Create the file durably for a store that ends with this commit. Raises OSError."""
    replace_durably(folder / HEAD, _line(point, is_closed=True))


def _line(point: Point, *, is_closed: bool) -> bytes:
    begin = b'{"sequence": %15d, "chain": "%08x", "closed": %-5b, "crc32": ' % (
        point.sequence,
        point.chain,
        b"true" if is_closed else b"false",
    )
    return b'%b"%08x"}\n' % (begin, zlib.crc32(begin))


def _parse(data: bytes) -> tuple[Point, bool]:
    try:
        facts = orjson.loads(data)
        point, is_closed = Point(facts["sequence"], int(facts["chain"], 16)), facts["closed"]
        if data == _line(point, is_closed=is_closed):
            return point, is_closed
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        pass
    raise JournalDamaged(f"{HEAD}: damaged at byte 0: expected one line with sequence, chain, closed, and their crc32")
