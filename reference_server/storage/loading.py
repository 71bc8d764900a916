"""Opens a data folder: checks that no file is missing, reads snapshot and journals, and rewrites older layouts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from reference_server.storage.compaction import SNAPSHOT, Snapshot, read_snapshot, written_snapshot
from reference_server.storage.folder import FORMAT, FORMAT_FILE, PART, open_folder, write_format
from reference_server.storage.head import HEAD, START, Head, Point, make_head
from reference_server.storage.indexed_rows import Rows
from reference_server.storage.journal_lines import JournalFile, JournalReader, Operation, journal_files
from reference_server.storage.json_documents import encoded
from reference_server.storage.old_layout import head_missing, read_old_journal
from reference_server.storage.tables import JournalDamaged

CHAINED = 3  # the first format with head.json
RowsOf = Callable[[str], Rows]


@dataclass(slots=True)
class Files:
    """An open folder. Without a head, it has an older layout."""

    lock: IO[str]
    format: int
    head: Head | None

    def close(self) -> None:
        if self.head is not None:
            self.head.close()
        self.lock.close()


def open_files(folder: Path) -> Files:
    """Create and lock the folder, and check that it has the files that its format needs.

    Raises FolderNotWritable, FolderInUse, FolderTooNew, JournalDamaged, or OSError.
    """
    lock, found = open_folder(folder)
    with ExitStack() as undo:
        undo.callback(lock.close)
        head = Head(folder) if (folder / HEAD).exists() else None
        if head is not None:
            undo.callback(head.close)
        is_empty = not (folder / SNAPSHOT).exists() and not journal_files(folder)
        if found is None and is_empty and (head is None or head.point == START):
            if head is None:
                make_head(folder, START)
                head = Head(folder)
                undo.callback(head.close)
            write_format(folder, FORMAT)
            found = FORMAT
        elif found is None and head is not None:
            raise JournalDamaged(
                f"{FORMAT_FILE}: byte 0: the file is missing although {HEAD} exists; restore the folder from a backup"
            )
        elif found is not None and found >= CHAINED and head is None:
            raise head_missing(FORMAT_FILE)
        for name in (SNAPSHOT, FORMAT_FILE, HEAD):
            (folder / (name + PART)).unlink(missing_ok=True)  # left by a process that was killed while writing
        undo.pop_all()
        # Data without a format mark can have any older format. Migrations do not change what is already migrated.
        return Files(lock, found or 1, head)


def load(folder: Path, head: Head, rows_of: RowsOf) -> tuple[Point, list[JournalFile]]:
    """Read snapshot and journals; returns the last commit and the journals. Raises JournalDamaged or OSError."""
    snapshot = read_snapshot(folder)
    if not snapshot.has_chain:
        raise JournalDamaged(f"{SNAPSHOT}: byte 0: expected a snapshot of format {CHAINED}, found an older format")
    _take(snapshot, rows_of)
    reader = JournalReader(folder, snapshot.point, head)
    for operations in reader.commits():
        _replay(operations, rows_of)
    return reader.end, reader.files


def load_old(folder: Path, rows_of: RowsOf) -> int:
    """Read a folder of an older layout without changing it; returns its last sequence."""
    snapshot = read_snapshot(folder)
    if snapshot.point.chain:  # `rewrite` writes 0
        raise head_missing(SNAPSHOT)
    _take(snapshot, rows_of)
    sequence = snapshot.point.sequence
    for path in journal_files(folder):
        for line_sequence, operations in read_old_journal(path, sequence):
            sequence = line_sequence
            _replay(operations, rows_of)
    return sequence


def rewrite(folder: Path, rows: dict[str, Rows], sequence: int, fault: Callable[[str], None]) -> Head:
    """Convert an older layout to the current one, a single snapshot. A kill at any time leaves one of the two intact.

    The caller updates the format afterwards. Raises OSError.
    """
    end = Point(sequence, 0)
    cut = {name: dict(held.stored) for name, held in rows.items() if held.stored}
    next_ids = {name: held.next_id for name, held in rows.items()}
    with written_snapshot(folder, cut, end, next_ids, fault) as publish:
        publish()
    for path in journal_files(folder):
        path.unlink()
    make_head(folder, end)
    return Head(folder)


def _take(snapshot: Snapshot, rows_of: RowsOf) -> None:
    for name, doc_id, json in snapshot.documents:
        rows_of(name).load(doc_id, json)
    for name, next_id in snapshot.next_ids.items():
        rows_of(name).next_id = max(rows_of(name).next_id, next_id)


def _replay(operations: list[Operation], rows_of: RowsOf) -> None:
    for name, doc_id, record in operations:
        if doc_id is None:
            rows_of(name).clear()
        elif record is None:
            rows_of(name).set(doc_id, None)
        else:
            rows_of(name).load(doc_id, encoded(record))
