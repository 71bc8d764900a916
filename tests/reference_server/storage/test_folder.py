"""The data folder: its lock, its format, its permissions."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from reference_server.storage.database import open_tables
from reference_server.storage.tables import (
    FolderInUse,
    FolderNotWritable,
    FolderTooNew,
)
from tests.reference_server.storage.people import reread


def test_second_opener_names_the_process_that_uses_the_folder(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    with pytest.raises(FolderInUse, match=r"in use by process \d+ on"):
        open_tables(tmp_path)
    tables.close()
    open_tables(tmp_path).close()


def test_newer_folder_is_rejected(tmp_path: Path) -> None:
    open_tables(tmp_path).close()
    (tmp_path / "format.json").write_text('{"format": 99}')
    with pytest.raises(FolderTooNew, match="format 99"):
        open_tables(tmp_path)


def test_folder_that_cannot_be_made_is_rejected() -> None:
    with pytest.raises(FolderNotWritable, match="/proc/nowhere"):
        open_tables(Path("/proc/nowhere/data"))


def test_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    open_tables(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_format_1_still_opens(tmp_path: Path) -> None:
    """A folder as the first version wrote it: what this test holds as text must open for ever."""
    (tmp_path / "format.json").write_text('{"format": 1, "program": "scimulator"}')
    snapshot = {
        "_scimulator": {"1": {"format": 1, "sequence": 2, "next_ids": {"people": 3}}},
        "people": {"1": {"id": "a"}, "2": {"id": "b"}},
    }
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot))
    body = b'[["people",3,{"id":"c"}]]'
    (tmp_path / "journal-000002.log").write_bytes(b"3 2 %08x %b\n" % (zlib.crc32(body, 3), body))
    assert [r["id"] for r in reread(tmp_path)] == ["a", "b", "c"]
