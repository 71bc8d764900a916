"""The tables of one data folder: loaded from snapshot and journal, changed by transactions, compacted in the background."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage

from reference_server.storage.compaction import SNAPSHOT, Cut, read_snapshot, write_snapshot
from reference_server.storage.folder import FORMAT, open_folder, write_format
from reference_server.storage.indexed_rows import Rows
from reference_server.storage.journal import DONE, Fault, Journal, Operation, Ticket, journal_files, read_journal
from reference_server.storage.migrations import migrate
from reference_server.storage.rows_table import RowsTable
from reference_server.storage.tables import IndexKeys, Result, StorageFailed
from reference_server.storage.tinydb_table import Change, Database
from reference_server.storage.transaction import StagedTransaction, Step
from reference_server.turns import Paused, Turns, hold

LOG = logging.getLogger("scimulator.storage")

COMPACT_AFTER_BYTES = 32 * 1024 * 1024
COMPACT_FACTOR = 2  # and only when the journal is this many times as large as the snapshot


def no_fault(_point: str) -> None:
    """The fault hook outside of tests: does nothing."""


class JournalStorage(Storage):
    """The storage of TinyDB's own API: `read` returns the live data, `write` is only called to remove whole tables."""

    def __init__(self, tables: TinyDBTables) -> None:
        self._tables = tables

    def rows(self, name: str) -> Rows:
        return self._tables.rows(name)

    def commit_rows(self, rows: Rows, changes: list[Change]) -> None:
        self._tables.commit_changes(rows, changes)

    def read(self) -> dict[str, dict[str, Any]] | None:
        return {name: rows.by_id for name, rows in self._tables.all_rows().items()}  # type: ignore[misc]

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        for name, rows in self._tables.all_rows().items():
            if name not in data:
                self._tables.apply([(rows, None, None)])


class TinyDBTables:
    """The store of one folder; see `open_tables`. Not thread-safe: one event loop (or one thread) uses it."""

    def __init__(self, folder: Path, fault: Fault, compact_after_bytes: int) -> None:
        self._lock_file, found = open_folder(folder)
        self._folder = folder
        self._fault = fault
        self._compact_after = compact_after_bytes
        self._rows: dict[str, Rows] = {}
        self._views: dict[str, RowsTable] = {}
        self._compacting: threading.Thread | None = None
        self._newest: Ticket = DONE
        self._held: dict[str, asyncio.Lock] = {}
        self._turns = Turns()
        self._paused: asyncio.Future[None] | None = None  # is done when the unit that has paused is over
        self._opening = True
        try:
            sequence, number = self._load()
            self._journal = Journal(folder, sequence, number, fault)
            self._snapshot_bytes = _size(folder / SNAPSHOT)
            if found < FORMAT:
                self._migrate(found)
        except OSError as error:
            self._lock_file.close()
            raise StorageFailed(f"data folder {folder}: {error.strerror or error}") from None
        except StorageFailed:
            self._lock_file.close()
            raise
        self._opening = False
        self.database = Database(storage=lambda: JournalStorage(self))

    # ── tables ──

    def rows(self, name: str) -> Rows:
        rows = self._rows.get(name)
        if rows is None:
            rows = self._rows[name] = Rows(name)
        return rows

    def all_rows(self) -> dict[str, Rows]:
        return {name: rows for name, rows in self._rows.items() if rows.by_id}

    def table(
        self,
        name: str,
        indexes: Mapping[str, IndexKeys] | None = None,
        *,
        keep_json: bool = False,
        ordered_by: str | None = None,
    ) -> RowsTable:
        rows = self.rows(name)
        if keep_json and rows.json is None:
            rows.json = {}
        if ordered_by is not None and rows.ordered_by is None:
            rows.order_by(ordered_by)
        rows.add_indexes(indexes or {})
        view = self._views.get(name)
        if view is None:
            view = self._views[name] = RowsTable(rows)
        return view

    def positions(self) -> dict[str, int]:
        return {name: rows.next_id for name, rows in sorted(self._rows.items()) if rows.next_id > 1}

    # ── units of work: one thread, so that no other unit comes in between, but where a unit pauses ──

    async def read(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        if not pauses:
            return work()
        outcome = self._turns.begin(work)
        return await self._turns.finish(outcome) if isinstance(outcome, Paused) else outcome

    async def write(self, work: Callable[[], Result], *, pauses: bool = False) -> Result:
        while self._paused is not None:
            await asyncio.wait([self._paused])
        written = self._journal.sequence
        try:
            outcome = self._turns.begin(work) if pauses else work()
            return await self._finish(outcome) if isinstance(outcome, Paused) else outcome
        finally:
            if self._journal.sequence != written:
                await self._newest

    async def _finish(self, paused: Paused) -> Any:
        """The rest of a unit that writes; no other one begins before it is over."""
        self._paused = asyncio.get_running_loop().create_future()
        try:
            return await self._turns.finish(paused)
        finally:
            self._paused.set_result(None)
            self._paused = None

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        async with self._held.setdefault(name, asyncio.Lock()):
            yield

    async def is_held(self, name: str) -> bool:
        return name in self._held and self._held[name].locked()

    # ── writing ──

    def transaction(self) -> StagedTransaction:
        return StagedTransaction(self.apply)

    def apply(self, steps: list[Step]) -> None:
        """Apply staged steps to memory and queue them as one journal line."""
        hold()
        if self._journal.failure:
            raise StorageFailed(self._journal.failure)
        operations: list[Operation] = []
        for rows, key, record in steps:
            if isinstance(record, int):
                if record > rows.next_id:
                    rows.next_id = record
                    operations.append([rows.name, record - 1, None])  # reserves the id of a document that never existed
                continue
            if key is None:
                rows.clear()
                operations.append([rows.name, None, None])
                continue
            doc_id = rows.id_of.get(key)
            if doc_id is None:
                if record is None:
                    continue
                doc_id = rows.next_id
            rows.set(doc_id, record)
            if record is not None and rows.json is not None:
                operations.append([rows.name, doc_id, orjson.Fragment(rows.json_of(doc_id))])
            else:
                operations.append([rows.name, doc_id, record])
        self._journaled(operations)

    def commit_changes(self, rows: Rows, changes: list[Change]) -> None:
        """Apply the changes that TinyDB's own methods made in one table."""
        if self._journal.failure:
            raise StorageFailed(self._journal.failure)
        for doc_id, record in changes:
            rows.set(doc_id, record)
        self._journaled([[rows.name, doc_id, record] for doc_id, record in changes])

    def _journaled(self, operations: list[Operation]) -> None:
        if not operations:
            return
        if self._opening:  # no event loop runs yet
            self._journal.append_now(operations)
        else:
            self._newest = self._journal.append(operations)
        written = self._journal.bytes_written
        if written > self._compact_after and written > COMPACT_FACTOR * self._snapshot_bytes:
            self.compact()

    # ── snapshot ──

    def compact(self, *, wait: bool = False) -> None:
        """Write a snapshot in a thread and delete the journals that it covers; does nothing while one is being written."""
        if self._compacting is not None and self._compacting.is_alive():
            return
        newest = self._journal.rotate()
        cut = {name: (dict(rows.by_id), dict(rows.json or {})) for name, rows in self._rows.items() if rows.by_id}
        next_ids = {name: rows.next_id for name, rows in self._rows.items()}
        self._journal.bytes_written = 0
        self._compacting = threading.Thread(
            target=self._write_snapshot, args=(cut, self._journal.sequence, next_ids, newest), name="compaction"
        )
        self._compacting.start()
        if wait:
            self._compacting.join()

    def _write_snapshot(self, cut: Cut, sequence: int, next_ids: dict[str, int], newest: int) -> None:
        try:
            self._snapshot_bytes = write_snapshot(self._folder, cut, sequence, next_ids, self._fault)
            for path in journal_files(self._folder):
                # Lines still queued at the cut may be in the old file, but the snapshot holds them too.
                if int(path.stem.partition("-")[2]) < newest:
                    path.unlink()
        except OSError as error:
            LOG.warning("compaction failed, the journal goes on: %s", error)

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and release the folder."""
        if self._compacting is not None:
            self._compacting.join()
        self._journal.close()
        self._lock_file.close()

    # ── opening ──

    def _migrate(self, found: int) -> None:
        migrate(self, found, FORMAT)
        self._fault("before_format")
        write_format(self._folder, FORMAT)
        LOG.info("data folder %s brought from format %d to %d", self._folder, found, FORMAT)

    def _load(self) -> tuple[int, int]:
        tables, sequence, next_ids = read_snapshot(self._folder)
        for name, documents in tables.items():
            rows = self.rows(name)
            for doc_id, record in documents.items():
                rows.set(int(doc_id), record)
        for name, next_id in next_ids.items():
            self.rows(name).next_id = max(self.rows(name).next_id, next_id)
        number = 0
        for path in journal_files(self._folder):
            number = int(path.stem.partition("-")[2])
            for line_sequence, operations in read_journal(path, sequence):
                sequence = line_sequence
                for name, doc_id, record in operations:
                    if doc_id is None:
                        self.rows(name).clear()
                    else:
                        self.rows(name).set(doc_id, record)
        return sequence, max(number, 1)


def open_tables(folder: Path, *, fault: Fault = no_fault, compact_after_bytes: int | None = None) -> TinyDBTables:
    """Open (or create) the store of a folder and lock it.

    Raises FolderInUse, FolderTooNew, FolderNotWritable, JournalDamaged or StorageFailed. `fault` is called with the name
    of each point where a crash or an I/O error would hurt; tests make it raise or exit.
    """
    return TinyDBTables(folder, fault, compact_after_bytes or COMPACT_AFTER_BYTES)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
