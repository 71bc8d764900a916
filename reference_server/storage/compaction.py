"""Compaction: a snapshot that stock TinyDB opens, written in the background; then the old journals are deleted.

The cut is a shallow copy of each table's dict: records are replaced, never mutated, so it stays what it was while a
thread writes it out in small pieces. A kill at any moment leaves either the old snapshot with all journals or the new one
with journals whose older lines are skipped by their sequence.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from reference_server.storage.folder import sync_folder
from reference_server.storage.tables import JournalDamaged, Record
from secrecy.private_files import private_opener

SNAPSHOT = "snapshot.json"
META_TABLE = "_scimulator"  # one document: {"format": 1, "sequence": n, "next_ids": {table: id}}
Cut = dict[str, tuple[dict[int, Record], dict[int, bytes]]]  # table → its documents, and their JSON where it is cached

BLOCK = 256  # documents that share a checksum


def write_snapshot(
    folder: Path, cut: Cut, sequence: int, next_ids: dict[str, int], fault: Callable[[str], None]
) -> int:
    """Write the cut durably under the snapshot's name; returns its size in bytes. Raises OSError.

    One document a line. The last table is ours: format, sequence, and a checksum for each block of the file before it.
    """
    draft = folder / (SNAPSHOT + ".part")
    checksums: list[tuple[int, int]] = []  # (end offset, crc32) of each block
    with open(draft, "wb", opener=private_opener) as file:

        def write(block: bytes) -> None:
            file.write(block)
            checksums.append((file.tell(), zlib.crc32(block)))

        write(b"{")
        for name, (documents, json) in cut.items():
            write(orjson.dumps(name) + b": {")
            for block in _blocks(documents, json):
                write(block)
            write(b"},\n")
            fault("mid_compaction")
        meta = {"format": 1, "sequence": sequence, "next_ids": next_ids, "checksums": checksums}
        own = orjson.dumps({"crc32": zlib.crc32(orjson.dumps(meta))})
        file.write(b'"%b": {"1": %b, "2": %b}}\n' % (META_TABLE.encode(), orjson.dumps(meta), own))
        file.flush()
        fault("before_snapshot_fsync")
        os.fsync(file.fileno())
        size = file.tell()
    fault("before_rename")
    draft.replace(folder / SNAPSHOT)
    sync_folder(folder)
    fault("after_rename")
    return size


def _blocks(documents: dict[int, Record], json: dict[int, bytes]) -> Iterator[bytes]:
    separator = b"\n"
    items = iter(documents.items())
    while block := list(islice(items, BLOCK)):
        yield separator + b",\n".join(
            [b'"%d": %b' % (doc_id, json.get(doc_id) or orjson.dumps(record)) for doc_id, record in block]
        )
        separator = b",\n"


def read_snapshot(folder: Path) -> tuple[dict[str, dict[str, Any]], int, dict[str, int]]:
    """(tables by name, sequence it covers, next document ids); empty when there is none. Raises JournalDamaged."""
    path = folder / SNAPSHOT
    if not path.exists():
        return {}, 0, {}
    data = path.read_bytes()
    try:
        tables: dict[str, dict[str, Any]] = orjson.loads(data)
        documents = tables.pop(META_TABLE)
        meta = documents["1"]
        sequence, next_ids, checksums = meta["sequence"], meta["next_ids"], meta.get("checksums", ())
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise JournalDamaged(f"{path.name}: not a readable snapshot: {error}") from None
    if "2" in documents and zlib.crc32(orjson.dumps(meta)) != documents["2"].get("crc32"):
        raise JournalDamaged(f"{path.name}: its last line, which holds the checksums, is damaged")
    begin = 0
    for end, checksum in checksums:
        if zlib.crc32(memoryview(data)[begin:end]) != checksum:
            raise JournalDamaged(f"{path.name}: damaged between byte {begin} and byte {end}")
        begin = end
    return tables, sequence, next_ids
