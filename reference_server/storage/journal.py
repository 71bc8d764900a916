"""The journal: one line per commit. A thread writes and syncs all waiting commits, a batch, together.

A failed write is rolled back: the file is truncated to its last good line, the waiting commits are undone in memory, their
callers receive StorageFailed, and the next commit tries again. After a failed sync, it is unknown what is on disk, so the
journal is `lost`: it accepts no further commits, and the process ends.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import SimpleQueue

import orjson

from reference_server.storage.head import Head, Point
from reference_server.storage.journal_files import JournalFiles, SyncFailed
from reference_server.storage.journal_lines import Encoded, Operation, encode
from reference_server.storage.tables import StorageFailed
from reference_server.storage.transaction import DONE, FEW, Batch, Undo, forget, give_back

ROOM = 65_536  # free bytes that a journal needs after a failure before it counts as ready
GATHERING_SECONDS = 0.002  # how long a commit waits at most for others that are on their way
SETTLE_SECONDS = 60.0  # how long a snapshot waits for the commits that it includes


class Journal:
    """Appends lines to the newest file of a folder. `append` queues them, and `flush` writes and syncs them."""

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
        self._batch: Batch | None = None  # the commits in the queue
        self._newest = DONE
        self._wake: SimpleQueue[None] = SimpleQueue()  # wakes the thread; an Event takes ten times as many calls
        self._lock = threading.Lock()  # bytes in the queue
        self._flushing = threading.Lock()
        self._settled = threading.Condition()
        self._settling = False  # whether a snapshot is waiting
        self._rotate = False
        self._gathers = False  # whether the loop will wake the thread
        self._seen, self._gather_until = 0, 0.0  # the number of lines when it last looked, and when it looks no more
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
            after = self.queued
            line, point = encode(after, self._durable.sequence, body)
            if after == self.queued:  # otherwise, a commit without changes was queued in the meantime
                return Encoded(line, point, after)

    def append(self, commit: list[Operation] | Encoded, undo: Undo) -> Batch:
        """Queue one commit. Outside of an event loop, it is on disk when this returns. Raises StorageFailed."""
        if self.failure:
            raise StorageFailed(self.failure)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None:
            self.append_now(commit, undo)
            return DONE
        if loop is not self._loop:
            self._run_on(loop)
        with self._lock:
            self._queue(commit, undo)
            batch = self._batch
            if batch is None:
                batch = self._batch = self._newest = Batch()
        if not self._gathers:
            self._gathers, self._seen, self._gather_until = True, 0, loop.time() + GATHERING_SECONDS
            loop.call_soon(self._gather)
        return batch

    def append_now(self, commit: list[Operation] | Encoded, undo: Undo) -> None:
        """Write one commit in the caller's thread, while no event loop is running. Raises StorageFailed."""
        with self._lock:
            self._queue(commit, undo)
        failure = self.flush()
        if failure:
            self._take_back(failure, None)
            raise StorageFailed(failure)

    def check(self) -> None:
        """Raises StorageFailed if no commit can be accepted now."""
        if self.failure:
            raise StorageFailed(self.failure)

    async def ready(self) -> None:
        """After a failed write, test whether the next one can succeed. Raises StorageFailed."""
        if self.trouble is None:
            return
        if self._flushing.acquire(blocking=False):  # otherwise, the thread is writing and finds out
            try:
                self._files.check_space(ROOM)
            except OSError as error:
                raise StorageFailed(f"the journal cannot be written: {error.strerror}") from None
            finally:
                self._flushing.release()
        await self.append([], [])  # a commit without changes

    def barrier(self) -> Batch:
        """What a result depends on: everything that is queued now, or DONE. Raises StorageFailed."""
        if self.queued.sequence == self._durable.sequence:
            return DONE
        self.check()
        return self._newest

    def _run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="journal", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                raise StorageFailed(f"the journal cannot be written: {error}") from None
            self._thread = thread
        self._loop, self._gathers = loop, False

    def _gather(self) -> None:
        """Wake the thread as soon as a turn of the event loop brings no further commit, so that one sync serves many."""
        queued = len(self._lines)
        if self._loop is not None and queued > self._seen and self._loop.time() < self._gather_until:
            self._seen = queued
            self._loop.call_soon(self._gather)
            return
        self._gathers = False
        self._wake.put(None)

    def _queue(self, commit: list[Operation] | Encoded, undo: Undo) -> None:
        if isinstance(commit, Encoded):
            assert commit.after == self.queued
            line, self.queued = commit.line, commit.point
        else:
            line, self.queued = encode(self.queued, self._durable.sequence, orjson.dumps(commit))
        self._lines.append(line)
        self._undo.append(undo)

    def _end(self, batch: Batch, failure: str | None) -> None:
        """Resume everything that waits for this batch. Runs on the event loop."""
        if failure:
            self._take_back(failure, batch)
        else:
            batch.end(None)

    def _take_back(self, failure: str, batch: Batch | None) -> None:
        """Undo everything that is not durable. Runs in the thread that changes the store."""
        with self._lock:
            ended, self._batch = [batch, self._batch], None
            undo, self._undo = self._undo, []
            self._lines = []
            self.queued = self._durable
            self.taken_back += 1
        give_back(undo)
        if not self.lost:
            self.failure = None
        for each in ended:
            if each is not None:
                each.end(failure)
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
        self._wake.put(None)
        if self._thread is not None:
            self._thread.join()
        failure = self.flush() or self.failure
        if failure:
            self._take_back(failure, None)

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
            self._wake.get()
            self.flush()

    def flush(self) -> str | None:
        """Write and sync everything that is queued; returns the reason if it failed. Not on a running event loop."""
        with self._flushing:
            if self.failure:
                return self.failure  # the store has not rolled back the queued commits yet
            with self._lock:
                lines, self._lines = self._lines, []
                batch, self._batch = self._batch, None
                rotate, self._rotate = self._rotate, False
                end, commits = self.queued, len(self._undo)
            if rotate:
                self._files.start_next()
            if not lines:
                return None
            try:
                self._files.append(b"".join(lines), end.sequence)
            except Exception as error:
                failure = self._failed(error)
                self._end_soon(batch, failure)
                return failure
            self._durable = end
            with self._lock:
                large = [undo for undo in self._undo[:commits] if len(undo) > FEW]
                del self._undo[:commits]
            self.trouble = None
            self._head.note(end)
            self._end_soon(batch, None)
        self._tell_settled()
        if large:
            forget(large)
        return None

    def _end_soon(self, batch: Batch | None, failure: str | None) -> None:
        if batch is not None and self._loop is not None:
            with suppress(RuntimeError):  # the event loop has ended, and all waiting tasks with it
                self._loop.call_soon_threadsafe(self._end, batch, failure)

    def _failed(self, error: Exception) -> str:
        reason = getattr(error, "strerror", None) or error
        what = "synced" if isinstance(error, SyncFailed) else "written"
        self.trouble = self.failure = f"the journal cannot be {what}: {reason}"
        if isinstance(error, SyncFailed):
            self.lost = f"{self.failure}; restart the server to continue with the data that is on disk"
        return self.failure
