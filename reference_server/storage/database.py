"""The tables of a data folder: loaded from snapshot and journal, changed by transactions, compacted in the background."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from reference_server.storage.compaction import SNAPSHOT, Cut, written_snapshot
from reference_server.storage.folder import FORMAT, write_format
from reference_server.storage.head import Point
from reference_server.storage.indexed_rows import Rows
from reference_server.storage.journal import Journal
from reference_server.storage.journal_files import Fault, JournalFiles
from reference_server.storage.journal_lines import Encoded, JournalFile, Operation
from reference_server.storage.large_commit import LARGE, prepared
from reference_server.storage.loading import Files, load, load_old, open_files, rewrite
from reference_server.storage.migrations import migrate
from reference_server.storage.paused_units import PausedUnits
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import IndexKeys, Result, StorageFailed, Summary
from reference_server.storage.tinydb_table import Change, Database, JournalStorage
from reference_server.storage.transaction import DONE, Batch, StagedTransaction, Step, Undo, applied, give_back
from reference_server.turns import Paused, Turns, hold

LOG = logging.getLogger("scimulator.storage")

COMPACT_AFTER_BYTES = 32 * 1024 * 1024
ROLLED_BACK = "the write was rolled back because an earlier write that it may depend on failed"
COMPACT_FACTOR = 2  # and only if the journal is this many times as large as the snapshot


def no_fault(_point: str) -> None:
    """The fault hook in production: does nothing."""


class TinyDBTables:
    """The store of one folder; see `open_tables`. Not thread-safe: one event loop (or one thread) uses it."""

    def __init__(self, folder: Path, fault: Fault, compact_after_bytes: int) -> None:
        self._folder = folder
        self._fault = fault
        self._compact_after = compact_after_bytes
        self._next_attempt = 0  # size of the journals at which a failed compaction is repeated
        self._rows: dict[str, Rows] = {}
        self._views: dict[str, RowsTable] = {}
        self._compacting: threading.Thread | None = None
        self._newest: Batch = DONE
        self._held: dict[str, asyncio.Lock] = {}
        self._turns = Turns()
        self._paused = PausedUnits()
        self._opening = True
        self._journal: Journal | None = None  # while the folder is loaded
        try:
            files = open_files(folder)
            try:
                self._open(files)
            except BaseException:
                files.close()
                raise
        except OSError as error:
            raise StorageFailed(f"data folder {folder}: {error.strerror or error}") from None
        self._opening = False
        self.database = Database(storage=lambda: JournalStorage(self))

    # ── tables ──

    def rows(self, name: str) -> Rows:
        rows = self._rows.get(name)
        if rows is None:  # while the folder is loaded, no record is needed yet
            rows = self._rows[name] = Rows(name, keep_json=self._journal is None)
        return rows

    def all_rows(self) -> dict[str, Rows]:
        return {name: rows for name, rows in self._rows.items() if rows.stored}

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,
        ordered_by: str | None = None,
        summary: Summary | None = None,
    ) -> RowsTable:
        rows, view = self.rows(name), self._views.get(name)
        if keep_json:
            rows.keep_json()
        elif view is None:
            rows.keep_records()
        rows.define(indexes or {}, ordered_by, summary)
        if view is None:
            view = self._views[name] = RowsTable(rows)
        return view

    def positions(self) -> dict[str, int]:
        return {name: rows.next_id for name, rows in sorted(self._rows.items()) if rows.next_id > 1}

    # ── units of work: single-threaded, so other units can only run where a unit pauses ──

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        if not pauses:
            return work()
        outcome = self._turns.begin(work)
        return await self._turns.finish(outcome) if isinstance(outcome, Paused) else outcome

    async def write(self, work: Callable[[], Result], *, pauses: bool = False, part: str | None = None) -> Result:
        if self._paused.units:
            await self._paused.admit(part)
        journal = self._journal
        assert journal is not None
        written, rollbacks = journal.queued, journal.taken_back
        paused = False
        try:
            outcome = self._turns.begin(work) if pauses else work()
            if isinstance(outcome, Paused):
                paused = True
                with self._paused.running(part, rollbacks, outcome.work) as rest:
                    outcome = cast("Result", await self._turns.finish(Paused(rest)))
            return outcome
        finally:
            # A unit without changes can depend on a change that is not durable yet, and must fail together with it.
            if paused or journal.queued is written:
                await journal.barrier()
            else:
                await self._newest
            if paused and journal.taken_back != rollbacks:
                raise StorageFailed(ROLLED_BACK)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        async with self._held.setdefault(name, asyncio.Lock()):
            yield

    async def is_held(self, name: str) -> bool:
        return name in self._held and self._held[name].locked()

    async def ready(self) -> None:
        await self._written.ready()

    def lost(self) -> str | None:
        return self._written.lost

    # ── writing ──

    def transaction(self) -> StagedTransaction:
        return StagedTransaction(self.apply, self._paused.begin_commit)

    def apply(self, steps: list[Step]) -> None:
        """Apply staged steps to memory and queue them as one journal line. A large commit is prepared first and can pause."""
        journal = None if self._opening else self._journal
        unit = self._paused.begin_commit()
        large = prepared(steps, journal.encoded) if journal is not None and len(steps) >= LARGE else None
        hold()
        if unit is not None and self._written.taken_back != unit.rollbacks:
            raise StorageFailed(ROLLED_BACK)
        undo: Undo = []
        try:
            if large is None:
                self._journaled(applied(steps, undo), undo)
            else:
                undo = large.apply()
                self._journaled(large.line, undo)
        except BaseException:
            give_back([undo])
            raise
        finally:
            if unit is not None:
                self._paused.end_commit(unit)

    def commit_changes(self, rows: Rows, changes: list[Change]) -> None:
        """Commit the changes that TinyDB's own methods made in one table."""
        undo: Undo = [(rows, doc_id, rows.stored.get(doc_id)) for doc_id, _ in changes]
        try:
            for doc_id, record in changes:
                rows.set(doc_id, record)
            self._journaled([[rows.name, doc_id, record] for doc_id, record in changes], undo)
        except BaseException:
            give_back([undo])
            raise

    def _journaled(self, commit: list[Operation] | Encoded, undo: Undo) -> None:
        journal = self._journal
        if not commit or journal is None:  # an older layout, which is rewritten completely
            return
        if self._opening:  # no event loop is running yet
            journal.append_now(commit, undo)
            return
        batch = journal.append(commit, undo)
        if batch is not self._newest or batch is DONE:  # once for each batch
            self._newest = batch
            self._compact_if_large(journal.size)

    def _compact_if_large(self, held: int) -> None:
        if held > self._compact_after and held > COMPACT_FACTOR * self._snapshot_bytes and held > self._next_attempt:
            self.compact()

    # ── snapshot ──

    def compact(self, *, wait: bool = False) -> None:
        """Write a snapshot in a thread, then delete the journals that it includes. Does nothing if one is in progress."""
        if self._compacting is not None and self._compacting.is_alive():
            return
        self._written.rotate()
        cut = {name: dict(rows.stored) for name, rows in self.all_rows().items()}
        next_ids = {name: rows.next_id for name, rows in self._rows.items()}
        # An attempt that deletes nothing is repeated when the journals have grown by an eighth of the threshold.
        self._next_attempt = self._written.size + self._compact_after // 8
        arguments = (cut, self._written.queued, self._written.taken_back, next_ids)
        thread = threading.Thread(target=self._write_snapshot, args=arguments, name="compaction")
        try:
            thread.start()
        except RuntimeError as error:
            LOG.warning("compaction failed; the server keeps using the journal: %s", error)
            return
        self._compacting = thread
        if wait:
            thread.join()

    def _write_snapshot(self, cut: Cut, point: Point, taken_back: int, next_ids: dict[str, int]) -> None:
        try:
            self._written.flush()
            with written_snapshot(self._folder, cut, point, next_ids, self._fault) as publish:
                if not self._written.settle(point, taken_back):
                    LOG.warning("compaction failed; the server keeps using the journal: commits were rolled back")
                    return
                self._snapshot_bytes = publish()
            before = self._written.size
            self._written.remove_until(point.sequence)
            if self._written.size < before:
                self._next_attempt = 0
        except OSError as error:
            LOG.warning("compaction failed; the server keeps using the journal: %s", error)

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Write everything that is queued and release the folder."""
        self._written.stop()
        if self._compacting is not None:
            self._compacting.join()
        self._written.close()
        self._lock_file.close()

    # ── opening ──

    @property
    def _written(self) -> Journal:
        assert self._journal is not None
        return self._journal

    def _open(self, files: Files) -> None:
        if files.head is None:
            sequence = load_old(self._folder, self.rows)
            migrate(self, files.format, FORMAT)
            files.head = rewrite(self._folder, self._rows, sequence, self._fault)
            end, journals = files.head.point, list[JournalFile]()
        else:
            end, journals = load(self._folder, files.head, self.rows)
        self._snapshot_bytes = _size(self._folder / SNAPSHOT)
        journal_files = JournalFiles(self._folder, journals, end.sequence, self._fault)
        self._journal = Journal(journal_files, end, files.head)
        if files.format < FORMAT:
            migrate(self, files.format, FORMAT)
            self._fault("before_format")
            write_format(self._folder, FORMAT)
            LOG.info("migrated data folder %s from format %d to format %d", self._folder, files.format, FORMAT)
        self._lock_file = files.lock


def open_tables(folder: Path, *, fault: Fault = no_fault, compact_after_bytes: int | None = None) -> TinyDBTables:
    """Open (or create) the store of a folder and lock it.

    Raises FolderInUse, FolderTooNew, FolderNotWritable, JournalDamaged, or StorageFailed. `fault` is called with the name
    of each point at which a crash or an I/O error matters. Tests make it raise or exit.
    """
    return TinyDBTables(folder, fault, compact_after_bytes or COMPACT_AFTER_BYTES)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
