"""Compaction: a snapshot that stock TinyDB opens, written beside the traffic; then the old journals go.

The cut is a shallow copy of each table's dict: records are replaced, never mutated, so it stays what it was while a
thread writes it out in small pieces. A kill at any moment leaves either the old snapshot with all journals or the new one
with journals whose older lines are skipped by their sequence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from reference_server.storage.folder import sync_folder
from reference_server.storage.tables import JournalDamaged, Record

SNAPSHOT = "snapshot.json"
META_TABLE = "_scimulator"  # one document: {"format": 1, "sequence": n, "next_ids": {table: id}}
Cut = dict[str, dict[int, Record]]


def write_snapshot(
    folder: Path, cut: Cut, sequence: int, next_ids: dict[str, int], fault: Callable[[str], None]
) -> int:
    """Write the cut durably under the snapshot's name; returns its size in bytes. Raises OSError."""
    draft = folder / (SNAPSHOT + ".part")
    with draft.open("wb") as file:
        meta = {"format": 1, "sequence": sequence, "next_ids": next_ids}
        file.write(b'{"%b": {"1": %b}' % (META_TABLE.encode(), orjson.dumps(meta)))
        for name, documents in cut.items():
            file.write(b",\n%b: {" % orjson.dumps(name))
            file.writelines(_documents(documents.items()))
            file.write(b"}")
            fault("mid_compaction")
        file.write(b"}\n")
        file.flush()
        fault("before_snapshot_fsync")
        os.fsync(file.fileno())
        size = file.tell()
    fault("before_rename")
    draft.replace(folder / SNAPSHOT)
    sync_folder(folder)
    fault("after_rename")
    return size


def _documents(documents: Iterable[tuple[int, Record]]) -> Iterable[bytes]:
    separator = b"\n"
    for doc_id, record in documents:
        yield b'%b"%d": %b' % (separator, doc_id, orjson.dumps(record))
        separator = b",\n"


def read_snapshot(folder: Path) -> tuple[dict[str, dict[str, Any]], int, dict[str, int]]:
    """(tables by name, sequence it covers, next document ids); empty when there is none. Raises JournalDamaged."""
    path = folder / SNAPSHOT
    if not path.exists():
        return {}, 0, {}
    try:
        tables: dict[str, dict[str, Any]] = orjson.loads(path.read_bytes())
        meta = tables.pop(META_TABLE)["1"]
        return tables, meta["sequence"], meta["next_ids"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise JournalDamaged(f"{path.name}: not a readable snapshot: {error}") from None
