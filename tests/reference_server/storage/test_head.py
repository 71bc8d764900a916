"""head.json: what it says, that one process holds it, that damage to it is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reference_server.storage.head import HEAD, Head, Point, make_head
from reference_server.storage.tables import FolderInUse, JournalDamaged


def test_a_new_head_is_closed_and_a_noted_one_is_open(tmp_path: Path) -> None:
    make_head(tmp_path, Point(7, 0xABC))
    head = Head(tmp_path)
    assert (head.point, head.is_closed) == (Point(7, 0xABC), True)
    head.note(Point(123_456_789, 1))
    head.close()
    again = Head(tmp_path)
    assert (again.point, again.is_closed) == (Point(123_456_789, 1), False)
    again.mark(Point(5, 2), is_closed=True)
    again.close()
    assert json.loads((tmp_path / HEAD).read_text())["closed"] is True


def test_one_process_holds_it(tmp_path: Path) -> None:
    make_head(tmp_path, Point(1, 1))
    head = Head(tmp_path)
    with pytest.raises(FolderInUse, match="in use by another process"):
        Head(tmp_path)
    head.close()
    Head(tmp_path).close()


def test_a_head_that_was_deleted_meanwhile_is_written_at_the_end(tmp_path: Path) -> None:
    make_head(tmp_path, Point(1, 1))
    head = Head(tmp_path)
    (tmp_path / HEAD).unlink()
    head.mark(Point(2, 2), is_closed=True)
    head.close()
    again = Head(tmp_path)
    assert again.point == Point(2, 2)
    again.close()


def test_damage_at_every_byte_is_reported(tmp_path: Path) -> None:
    make_head(tmp_path, Point(7, 0xABC))
    whole = (tmp_path / HEAD).read_bytes()
    for at in range(len(whole)):
        damages = (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[: at + 1] + whole[at:])
        for damaged in damages:
            (tmp_path / HEAD).write_bytes(damaged)
            with pytest.raises(JournalDamaged, match=r"head\.json: damaged at byte 0"):
                Head(tmp_path)
