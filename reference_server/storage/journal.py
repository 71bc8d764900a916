"""The journal: one line per commit, appended by a thread that syncs all waiting commits together.

A failed write is rolled back: the file is truncated to its last good line, the waiting commits are undone in memory, their
callers receive StorageFailed, and the next commit tries again. After a failed sync, it is unknown what is on disk, so the
journal is `lost`: it accepts no further commits, and the process ends.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

from reference_server.storage.head import Head, Point
from reference_server.storage.journal_files import JournalFiles, SyncFailed
from reference_server.storage.journal_lines import Encoded, Operation, encode, encode_body
from reference_server.storage.tables import StorageFailed
from reference_server.storage.transaction import FEW, Undo, forget, give_back

ROOM = 65_536  # free bytes that a journal needs after a failure before it counts as ready
GATHERING_SECONDS = 0.002  # how long a commit waits at most for others that are on their way
SETTLE_SECONDS = 60.0  # how long a snapshot waits for the commits that it includes


class Ticket:
    """A commit that is being written; awaitable by one caller, which can be canceled."""

    __slots__ = ("_future",)

    def __init__(self, future: asyncio.Future[None] | None) -> None:
        self._future = future

    def __await__(self) -> Generator[Any, None, None]:
        if self._future is not None:
            yield from self._future.__await__()


DONE = Ticket(None)


class Journal:
    """Appends lines to the newest file of a folder: `append` queues them, and one thread writes and syncs them."""

    def __init__(self, files: JournalFiles, end: Point, head: Head) -> None:
        """`end` is the last commit in the files. Raises OSError."""
        self._head = head
        self._files = files
        self.queued = self._durable = end
        self.failure: str | None = None  # set during a rollback, and permanently if the journal is lost
        self.lost: str | None = None
        self.trouble: str | None = None  # the reason for the latest failed write
        self.taken_back = 0  # number of rollbacks
        self._lines: list[bytes] = []
        self._undo: list[Undo] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._wake = threading.Event()
        self._lock = threading.Lock()  # bytes in the queue
        self._flushing = threading.Lock()
        self._settled = threading.Condition()
        self._settling = False  # whether a snapshot is waiting
        self._rotate = False
        self._asked = False  # whether the loop will wake the thread
        self._seen, self._ask_until = 0, 0.0  # the number of lines when it last looked, and when it looks no more
        self._closing = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        head.mark(end, is_closed=False)

    @property
    def size(self) -> int:
        """Bytes of all files of the folder."""
        return self._files.size

    # ── commits ──

    def encoded(self, body: bytes) -> Encoded:
        """Prepare the line of a commit with this body for the queue; can pause."""
        while True:
            line = encode_body(self.queued, self._durable.sequence, body)
            if line.after == self.queued:  # otherwise, a commit without changes was queued in the meantime
                return line

    def append(self, commit: list[Operation] | Encoded, undo: Undo) -> Ticket:
        """Queue one commit. Outside of an event loop, it is on disk when this returns. Raises StorageFailed."""
        self.check()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None:
            self.append_now(commit, undo)
            return DONE
        self._start_thread(loop)
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            self._queue(commit, undo)
            self._waiting.append(future)
        if not self._asked:
            self._asked, self._seen, self._ask_until = True, 0, loop.time() + GATHERING_SECONDS
            loop.call_soon(self._ask)
        return Ticket(future)

    def append_now(self, commit: list[Operation] | Encoded, undo: Undo) -> None:
        """Write one commit in the caller's thread, while no event loop is running. Raises StorageFailed."""
        with self._lock:
            self._queue(commit, undo)
        failure = self.flush()
        if failure:
            self._take_back(failure, [])
            raise StorageFailed(failure)

    def check(self) -> None:
        """Raises StorageFailed if no commit can be accepted now."""
        if self.failure:
            raise StorageFailed(self.failure)

    async def ready(self) -> None:
        """After a failed write, test whether the next one can succeed. Raises StorageFailed."""
        if self.trouble is None:
            return
        with self._flushing:
            try:
                self._files.check_space(ROOM)
            except OSError as error:
                raise StorageFailed(f"the journal cannot be written: {error.strerror}") from None
        await self.append([], [])  # a commit without changes

    def barrier(self) -> Ticket:
        """Wait until everything that is queued now is durable, because a result depends on it. Raises StorageFailed."""
        if self.queued.sequence == self._durable.sequence:
            return DONE
        self.check()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.append(future)
        self._wake.set()
        return Ticket(future)

    def _start_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="journal", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                raise StorageFailed(f"the journal cannot be written: {error}") from None
            self._thread = thread
        self._loop = loop

    def _ask(self) -> None:
        """Wake the thread as soon as a turn of the event loop brings no further commit, so that one sync serves many."""
        queued = len(self._lines)
        if self._loop is not None and queued > self._seen and self._loop.time() < self._ask_until:
            self._seen = queued
            self._loop.call_soon(self._ask)
            return
        self._asked = False
        self._wake.set()

    def _queue(self, commit: list[Operation] | Encoded, undo: Undo) -> None:
        if not isinstance(commit, Encoded):
            commit = encode(self.queued, self._durable.sequence, commit)
        assert commit.after == self.queued
        self.queued = commit.point
        self._lines.append(commit.line)
        self._undo.append(undo)

    def _take_back(self, failure: str, waiting: list[asyncio.Future[None]]) -> None:
        """Undo everything that is not durable. Runs in the thread that changes the store."""
        with self._lock:
            waiting += self._waiting
            undo, self._undo = self._undo, []
            self._lines, self._waiting = [], []
            self.queued = self._durable
            self.taken_back += 1
        give_back(undo)
        if not self.lost:
            self.failure = None
        _resolve(waiting, failure)
        self._tell_settled()

    # ── files ──

    def rotate(self) -> None:
        """Write the following lines to a new file. Lines that are already queued can go there, too."""
        with self._lock:
            self._rotate = True

    def settle(self, point: Point, taken_back: int) -> bool:
        """Wait until a commit is durable; returns False if there was a rollback since `taken_back` was read."""
        with self._settled:
            self._settling = True
            self._settled.wait_for(
                lambda: self._durable.sequence >= point.sequence or self.taken_back != taken_back, SETTLE_SECONDS
            )
            self._settling = False
        return self._durable.sequence >= point.sequence and self.taken_back == taken_back

    def _tell_settled(self) -> None:
        if self._settling:
            with self._settled:
                self._settled.notify_all()

    def remove_until(self, sequence: int) -> None:
        """Delete the files that a snapshot includes. Raises OSError."""
        self._files.remove_until(sequence)

    def stop(self) -> None:
        """Write and sync everything that is queued, then end the thread."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        failure = self.flush() or self.failure
        if failure:
            self._take_back(failure, [])

    def close(self) -> None:
        """Mark the end of the journal; called after `stop`."""
        with suppress(OSError):
            if not self.lost:
                self._head.mark(self._durable, is_closed=True)
        self._files.close()
        self._head.close()

    # ── the thread ──

    def _work(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            self.flush()

    def flush(self) -> str | None:
        """Write and sync everything that is queued; returns the reason if it failed."""
        with self._flushing:
            if self.failure:
                return self.failure  # the store has not rolled back the queued commits yet
            with self._lock:
                lines, self._lines = self._lines, []
                waiting, self._waiting = self._waiting, []
                rotate, self._rotate = self._rotate, False
                end, commits = self.queued, len(self._undo)
            if rotate:
                self._files.start_next()
            if not lines:
                if waiting:
                    self._in_loop(_resolve, waiting, None)
                return None
            try:
                self._files.append(b"".join(lines), end.sequence)
            except Exception as error:
                return self._fail(error, waiting)
            self._durable = end
            with self._lock:
                large = [undo for undo in self._undo[:commits] if len(undo) > FEW]
                del self._undo[:commits]
            self.trouble = None
            self._head.note(end)
            if waiting:
                self._in_loop(_resolve, waiting, None)
        self._tell_settled()
        if large:
            forget(large)
        return None

    def _fail(self, error: Exception, waiting: list[asyncio.Future[None]]) -> str:
        reason = getattr(error, "strerror", None) or error
        what = "synced" if isinstance(error, SyncFailed) else "written"
        self.trouble = self.failure = f"the journal cannot be {what}: {reason}"
        if isinstance(error, SyncFailed):
            self.lost = f"{self.failure}; restart the server to continue with the data that is on disk"
        if waiting:
            self._in_loop(self._take_back, self.failure, waiting)
        return self.failure

    def _in_loop(self, call: Callable[..., None], *arguments: Any) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the event loop has ended, and all waiting tasks with it
            self._loop.call_soon_threadsafe(call, *arguments)


def _resolve(waiting: list[asyncio.Future[None]], failure: str | None) -> None:
    for future in waiting:
        if future.done():
            continue  # the request was canceled
        if failure:
            future.set_exception(StorageFailed(failure))
        else:
            future.set_result(None)
