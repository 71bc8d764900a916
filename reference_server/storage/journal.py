"""The journal: one line per commit, appended by a thread that syncs all waiting commits at once.

A line is `<sequence> <durable> <checksum> <operations as JSON>\\n`. `durable` is the highest sequence known to be on the
disk when the line was written. That tells a torn tail from damage: a bad line whose sequence a later line calls durable
was acknowledged and is damage, reported with its offset; a bad line that nothing later vouches for was never
acknowledged (or the machine lost power in the middle) and the file is cut there.
"""

from __future__ import annotations

import asyncio
import os
import threading
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from reference_server.storage.folder import sync_folder
from reference_server.storage.tables import JournalDamaged, StorageFailed

Operation = list[Any]  # [table name, document id, record | None]; [table name, None, None] empties the table
Fault = Callable[[str], None]

IDLE_SECONDS = 0.05  # after this long without work the thread records what it has synced


def encode(sequence: int, durable: int, operations: list[Operation]) -> bytes:
    """One journal line."""
    body = orjson.dumps(operations)
    return b"%d %d %08x %b\n" % (sequence, durable, zlib.crc32(body, sequence), body)


def journal_files(folder: Path) -> list[Path]:
    """The journals of a folder, oldest first."""
    return sorted(folder.glob("journal-*.log"))


class Ticket:
    """A commit on its way to the disk; await it. Safe for one waiter, which may be cancelled."""

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[None] | None) -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, None]:
        if self._future is not None:
            yield from self._future.__await__()


DONE = Ticket(None)


class Journal:
    """Appends lines to the newest file of a folder; `write` queues, one thread writes and syncs."""

    def __init__(self, folder: Path, sequence: int, number: int, fault: Fault) -> None:
        self._folder = folder
        self._fault = fault
        self._number = number
        self._descriptor = _open(folder, number, fault)
        self.sequence = sequence
        self.bytes_written = 0
        self.failure: str | None = None
        self._durable = sequence
        self._lines: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._rotate = False
        self._asked = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def append(self, operations: list[Operation]) -> Ticket:
        """Queue one commit; outside an event loop it is on the disk when this returns. Raises StorageFailed."""
        if self.failure:
            raise StorageFailed(self.failure)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None:
            self.append_now(operations)
            return DONE
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._queue(operations)
            self._waiting.append(future)
        if self._thread is None:
            self._loop = loop
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        if not self._asked:
            self._asked = True
            loop.call_soon(self._ask)  # after the other requests that arrived at the same time
        return Ticket(future)

    def append_now(self, operations: list[Operation]) -> None:
        """Write one commit in the caller's thread, before anybody awaits any. Raises StorageFailed."""
        with self._lock:
            self._queue(operations)
        self._flush()
        if self.failure:
            raise StorageFailed(self.failure)

    def _ask(self) -> None:
        self._asked = False
        self._wake.set()

    def _queue(self, operations: list[Operation]) -> None:
        self._lines.append(encode(self.sequence + 1, self._durable, operations))
        self.sequence += 1

    def rotate(self) -> int:
        """Write what follows into a fresh file; returns its number. What was queued before may land in either."""
        with self._lock:
            self._rotate = True
            return self._number + 1

    def close(self) -> None:
        """Write and sync what is queued, then record that it is synced."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._flush()
        if not self.failure:
            self._vouch()
        os.close(self._descriptor)

    # ── the thread ──

    def _work(self) -> None:
        vouched = self._durable
        while not self._closing:
            if self._wake.wait(None if vouched == self._durable else IDLE_SECONDS):
                self._wake.clear()
                self._flush()
            elif not self.failure:
                self._vouch()
                vouched = self._durable

    def _vouch(self) -> None:
        """Append a line without operations: all before it is on the disk (no sync: it only helps the next start)."""
        try:
            os.write(self._descriptor, encode(self._durable, self._durable, []))
        except OSError as error:
            self.failure = f"the journal cannot be written: {error.strerror or error}"

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            waiting, self._waiting = self._waiting, []
            rotate, self._rotate = self._rotate, False
            sequence = self.sequence
        if not lines and not rotate:
            return
        if not self.failure:
            try:
                if rotate:
                    self._next_file()
                self._write(b"".join(lines))
                self._durable = sequence
            except Exception as error:
                # After a failed fsync the page may be gone though a second fsync succeeds: never acknowledge again.
                self.failure = f"the journal cannot be written: {getattr(error, 'strerror', None) or error}"
        if waiting and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and all that waited in it
                self._loop.call_soon_threadsafe(_resolve, waiting, self.failure)

    def _write(self, data: bytes) -> None:
        self._fault("before_append")
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.bytes_written += len(data)
        self._fault("before_fsync")
        os.fdatasync(self._descriptor)
        self._fault("after_fsync")

    def _next_file(self) -> None:
        descriptor = _open(self._folder, self._number + 1, self._fault)
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._number += 1
        self.bytes_written = 0


def _resolve(waiting: list[asyncio.Future[None]], failure: str | None) -> None:
    for future in waiting:
        if future.done():
            continue  # its request was cancelled
        if failure:
            future.set_exception(StorageFailed(failure))
        else:
            future.set_result(None)


def _open(folder: Path, number: int, fault: Fault) -> int:
    fault("before_open")
    path = folder / f"journal-{number:06d}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sync_folder(folder)
    return descriptor


# ── reading back ──


def read_journal(path: Path, after: int) -> Iterator[tuple[int, list[Operation]]]:
    """The commits of a file with a sequence above `after`, in order; cuts a torn tail off, raises JournalDamaged."""
    data = path.read_bytes()
    offset = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        parsed = _parse(data[offset:end]) if end >= 0 else None
        if parsed is None:
            _cut_or_raise(path, data, offset)
            return
        sequence, _, body = parsed
        if sequence > after:
            operations = orjson.loads(body)
            if operations:
                yield sequence, operations
        offset = end + 1


def _parse(line: bytes) -> tuple[int, int, bytes] | None:
    """(sequence, durable, body) of a whole and undamaged line, else None."""
    parts = line.split(b" ", 3)
    if len(parts) != 4:
        return None
    try:
        sequence, durable, checksum = int(parts[0]), int(parts[1]), int(parts[2], 16)
    except ValueError:
        return None
    return (sequence, durable, parts[3]) if zlib.crc32(parts[3], sequence) == checksum else None


def _cut_or_raise(path: Path, data: bytes, offset: int) -> None:
    """Decide what a bad line at `offset` is: damage if a later line vouches for it, else a torn tail to cut."""
    before = data.rfind(b"\n", 0, max(offset - 1, 0)) + 1
    last_good = _parse(data[before : offset - 1]) if offset else None
    expected = (last_good[0] if last_good else 0) + 1
    for line in data[offset:].split(b"\n")[1:]:
        later = _parse(line)
        if later is not None and later[1] >= expected:
            raise JournalDamaged(f"{path.name}: damaged record at byte {offset} (sequence {expected})")
    with path.open("r+b") as file:
        file.truncate(offset)
        os.fsync(file.fileno())
