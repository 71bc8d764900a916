"""What a start makes of the files that it finds; tests/attacks/test_missing_pieces.py has the damaged ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.storage.database import open_tables
from reference_server.storage.head import START, Head, make_head
from reference_server.storage.tables import JournalDamaged
from tests.reference_server.storage.people import put, reread


def test_a_first_start_that_was_killed_before_the_mark_is_made_good(tmp_path: Path) -> None:
    make_head(tmp_path, START)
    assert reread(tmp_path) == []
    assert (tmp_path / "format.json").exists()


def test_drafts_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    drafts = [tmp_path / f"{name}.part" for name in ("snapshot.json", "format.json", "head.json")]
    for draft in drafts:
        draft.write_bytes(b"{")
    open_tables(tmp_path).close()
    assert not any(draft.exists() for draft in drafts)


def test_a_folder_is_released_when_it_cannot_be_opened(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    put(tables, {"id": "a"})
    tables.close()
    journal = (tmp_path / "journal-000001.log").read_bytes()
    (tmp_path / "journal-000001.log").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(JournalDamaged):
            open_tables(tmp_path)
    (tmp_path / "journal-000001.log").write_bytes(journal)
    assert reread(tmp_path) == [{"id": "a"}]
    Head(tmp_path).close()


def test_neither_mark_makes_a_folder_look_older(tmp_path: Path) -> None:
    """With format.json and head.json both gone, its lines and its snapshot still say which layout they have."""
    tables = open_tables(tmp_path)
    put(tables, {"id": "a"})
    tables.compact(wait=True)
    put(tables, {"id": "b"})
    tables.close()
    snapshot = tmp_path / "snapshot.json"
    for name in ("format.json", "head.json"):
        (tmp_path / name).unlink()
    with pytest.raises(JournalDamaged, match=r"head\.json: byte 0: the file is missing although snapshot\.json exists"):
        open_tables(tmp_path)
    snapshot.unlink()
    with pytest.raises(
        JournalDamaged, match=r"head\.json: byte 0: the file is missing although journal-000002\.log exists"
    ):
        open_tables(tmp_path)
