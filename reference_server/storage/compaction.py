"""Compaction: writes a snapshot that stock TinyDB can open in the background, then deletes the old journals.

The cut is a shallow copy of each table's dict. Documents are replaced, never mutated, so the cut does not change while a
thread writes it in small pieces. The draft is renamed to the snapshot when all commits in it are durable. If the process is
killed, the folder contains either the old snapshot with all journals, or the new one with journals whose older lines are
skipped.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from reference_server.storage.folder import PART, sync_folder
from reference_server.storage.head import START, Point
from reference_server.storage.json_documents import encoded
from reference_server.storage.tables import JournalDamaged, Record
from secrecy.private_files import private_opener

SNAPSHOT = "snapshot.json"
META_TABLE = "_scimulator"  # one document: {"format": 1, "sequence": n, "chain": checksum, "next_ids": {table: id}, …}
Cut = Mapping[str, Mapping[int, Record | bytes]]  # table → its documents, as records or as JSON

Document = tuple[str, int, bytes]  # table, document id, JSON

BLOCK = 256  # documents per checksum


class Snapshot(NamedTuple):
    """The content of a snapshot: its documents, the last commit that it includes, and the next document ids."""

    documents: Iterable[Document]
    point: Point
    next_ids: dict[str, int]
    has_chain: bool


@contextmanager
def written_snapshot(
    folder: Path, cut: Cut, point: Point, next_ids: dict[str, int], fault: Callable[[str], None]
) -> Iterator[Callable[[], int]]:
    """Write the cut to a draft. The yielded function renames it to the snapshot and returns its size.

    A draft that was not renamed is deleted at the end of the block. Each line contains one document. The last table contains
    format, sequence, chain, and a checksum for each block of the file before it. Raises OSError.
    """
    draft = folder / (SNAPSHOT + PART)

    def publish() -> int:
        size = draft.stat().st_size
        fault("before_rename")
        draft.replace(folder / SNAPSHOT)
        sync_folder(folder)
        fault("after_rename")
        return size

    try:
        _write_draft(draft, cut, point, next_ids, fault)
        yield publish
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(draft: Path, cut: Cut, point: Point, next_ids: dict[str, int], fault: Callable[[str], None]) -> None:
    checksums: list[tuple[int, int]] = []  # (end offset, crc32) of each block
    with open(draft, "wb", opener=private_opener) as file:

        def write(block: bytes) -> None:
            file.write(block)
            checksums.append((file.tell(), zlib.crc32(block)))

        write(b"{")
        for name, documents in cut.items():
            write(orjson.dumps(name) + b": {")
            for block in _blocks(documents):
                write(block)
            write(b"},\n")
            fault("mid_compaction")
        sequence, chain = point
        meta = {"format": 1, "sequence": sequence, "chain": chain, "next_ids": next_ids, "checksums": checksums}
        own = orjson.dumps({"crc32": zlib.crc32(orjson.dumps(meta))})
        file.write(b'"%b": {"1": %b, "2": %b}}\n' % (META_TABLE.encode(), orjson.dumps(meta), own))
        file.flush()
        fault("before_snapshot_fsync")
        os.fsync(file.fileno())


def _blocks(documents: Mapping[int, Record | bytes]) -> Iterator[bytes]:
    separator = b"\n"
    items = iter(documents.items())
    while block := list(islice(items, BLOCK)):
        yield separator + b",\n".join(
            [b'"%d": %b' % (doc_id, held if isinstance(held, bytes) else orjson.dumps(held)) for doc_id, held in block]
        )
        separator = b",\n"


def read_snapshot(folder: Path) -> Snapshot:
    """The snapshot of a folder, or an empty one if there is none. Raises JournalDamaged."""
    path = folder / SNAPSHOT
    if not path.exists():
        return Snapshot((), START, {}, has_chain=True)
    data = path.read_bytes()
    last = data.rfind(b"\n", 0, -1) + 1
    tables: dict[str, dict[str, Any]] | None = None
    try:
        meta_table = orjson.loads(b"{" + data[last:])[META_TABLE]
        meta = meta_table["1"]
        checksums, _, _ = meta["checksums"], meta["sequence"], meta["next_ids"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # An older version wrote it, or it is damaged.
        tables, meta_table, checksums = *_parsed(path, data, last), ()
        meta = meta_table["1"]
    if "2" in meta_table and zlib.crc32(orjson.dumps(meta)) != meta_table["2"].get("crc32"):
        raise JournalDamaged(f"{path.name}: the last line, which contains the checksums, is damaged")
    begin = 0
    for end, checksum in checksums:
        if zlib.crc32(memoryview(data)[begin:end]) != checksum:
            raise JournalDamaged(f"{path.name}: damaged between byte {begin} and byte {end}")
        begin = end
    documents = _documents(data, [end for end, _ in checksums]) if tables is None else _encoded(tables)
    return Snapshot(documents, Point(meta["sequence"], meta.get("chain", 0)), meta["next_ids"], "chain" in meta)


def _parsed(path: Path, data: bytes, last: int) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The tables of a snapshot, and the one that describes it."""
    try:
        tables: dict[str, dict[str, Any]] = orjson.loads(data)
        meta_table: dict[str, Any] = tables.pop(META_TABLE)
        _ = meta_table["1"]["sequence"], meta_table["1"]["next_ids"], meta_table.get("2")
    except orjson.JSONDecodeError as error:
        raise JournalDamaged(f"{path.name}: the snapshot cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise JournalDamaged(f"{path.name}: damaged at byte {last}: expected the table {META_TABLE} there") from None
    return tables, meta_table


def _encoded(tables: dict[str, dict[str, Any]]) -> Iterator[Document]:
    for name, documents in tables.items():
        for doc_id, record in documents.items():
            yield name, int(doc_id), encoded(record)


def _documents(data: bytes, ends: list[int]) -> Iterator[Document]:
    """The documents of a snapshot, whose JSON is copied and not parsed. A document is a line; the blocks end at `ends`."""
    name, begin = "", 0
    for end in ends:
        block = data[begin:end]
        begin = end
        if block.startswith(b'"'):
            name = orjson.loads(block[: block.rindex(b":")])
        elif not block.startswith((b"{", b"}")):
            for line in block.lstrip(b",\n").split(b",\n"):
                doc_id, _, json = line.partition(b'": ')
                yield name, int(doc_id[1:]), json
