"""Journals of formats 1 and 2: read to their last whole line; damage before it is reported."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from reference_server.storage.old_layout import read_old_journal
from reference_server.storage.tables import JournalDamaged


def line(sequence: int, durable: int, body: bytes) -> bytes:
    return b"%d %d %08x %b\n" % (sequence, durable, zlib.crc32(body, sequence), body)


LINES = [line(1, 0, b'[["people",1,{"id":"a"}]]'), line(2, 1, b'[["people",2,{"id":"b"}]]'), line(2, 2, b"[]")]


def test_a_torn_tail_is_passed_over_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal-000001.log"
    for torn in (b"", b"3 2 00", b"3 2 00000000 []\n"):
        path.write_bytes(b"".join(LINES) + torn)
        assert [sequence for sequence, _ in read_old_journal(path, 0)] == [1, 2]
        assert [sequence for sequence, _ in read_old_journal(path, 1)] == [2]
        assert path.read_bytes().endswith(torn)


def test_damage_before_a_line_that_vouches_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "journal-000001.log"
    path.write_bytes(LINES[0] + LINES[1].replace(b"b", b"c") + LINES[2])
    with pytest.raises(JournalDamaged, match=rf"damaged record at byte {len(LINES[0])} \(sequence 2\)"):
        list(read_old_journal(path, 0))
