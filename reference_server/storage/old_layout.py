"""Reads the journals of formats 1 and 2, whose lines are `<sequence> <durable> <checksum> <operations as JSON>\\n`.

These formats had no head.json and no chain between lines. Their folders are rewritten when they are opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson

from reference_server.storage.head import HEAD
from reference_server.storage.journal_lines import Operation, parse
from reference_server.storage.tables import JournalDamaged


def read_old_journal(path: Path, after: int) -> Iterator[tuple[int, list[Operation]]]:
    """The commits of a file with a sequence greater than `after`, without a torn tail. Raises JournalDamaged."""
    data = path.read_bytes()
    offset = expected = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        parsed = _parse(data[offset:end]) if end >= 0 else None
        if parsed is None:
            if parse(data[offset:end]) is not None:
                raise head_missing(path.name)
            later = map(_parse, data[offset:].split(b"\n")[1:])
            if any(line is not None and line[1] >= max(expected, 1) for line in later):
                raise JournalDamaged(f"{path.name}: damaged record at byte {offset} (sequence {max(expected, 1)})")
            return
        sequence, _, body = parsed
        expected = sequence + 1
        operations = orjson.loads(body)
        if sequence > after and operations:
            yield sequence, operations
        offset = end + 1


def head_missing(name: str) -> JournalDamaged:
    """The error for a file of the current layout in a folder that otherwise has an older one."""
    return JournalDamaged(
        f"{HEAD}: byte 0: the file is missing although {name} exists; restore the folder from a backup"
    )


def _parse(line: bytes) -> tuple[int, int, bytes] | None:
    """(sequence, durable, body) of a complete and undamaged line, else None."""
    parts = line.split(b" ", 3)
    if len(parts) != 4:
        return None
    try:
        sequence, durable, checksum = int(parts[0]), int(parts[1]), int(parts[2], 16)
    except ValueError:
        return None
    return (sequence, durable, parts[3]) if zlib.crc32(parts[3], sequence) == checksum else None
