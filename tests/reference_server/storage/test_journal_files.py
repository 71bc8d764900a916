"""The files of the journal: appending, rotation, removal, failures of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.storage.journal_files import JournalFiles, SyncFailed
from reference_server.storage.journal_lines import JournalFile


class Faults:
    def __init__(self) -> None:
        self.at = ""

    def __call__(self, point: str) -> None:
        if point == self.at:
            raise OSError(28, "No space left on device")


def test_files_that_a_snapshot_covers_are_removed_but_never_the_newest(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path, [], 0, Faults())
    for last in (1, 2, 3):
        files.append(b"%d\n" % last, last)
        files.start_next()
    files.remove_until(2)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["journal-000003.log", "journal-000004.log"]
    assert files.size == 2
    files.remove_until(99)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["journal-000004.log"]
    files.close()


def test_a_file_without_lines_is_not_followed_by_another(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path, [], 0, Faults())
    files.start_next()
    files.start_next()
    assert len(list(tmp_path.iterdir())) == 1
    files.close()


def test_without_a_new_file_the_old_one_continues(tmp_path: Path) -> None:
    faults = Faults()
    files = JournalFiles(tmp_path, [], 0, faults)
    files.append(b"1\n", 1)
    faults.at = "before_open"
    files.start_next()
    files.append(b"2\n", 2)
    files.remove_until(2)
    assert (tmp_path / "journal-000001.log").read_bytes() == b"1\n2\n"
    faults.at = ""
    files.start_next()
    files.append(b"3\n", 3)
    files.remove_until(2)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"3\n"]
    files.close()


def test_a_failed_write_leaves_nothing_and_a_failed_sync_is_another_error(tmp_path: Path) -> None:
    faults = Faults()
    files = JournalFiles(tmp_path, [JournalFile(tmp_path / "journal-000007.log", 0, 0)], 0, faults)
    files.append(b"1\n", 1)
    faults.at = "before_append"
    with pytest.raises(OSError, match="No space"):
        files.append(b"2\n", 2)
    assert (tmp_path / "journal-000007.log").read_bytes() == b"1\n"
    faults.at = "before_fsync"
    with pytest.raises(SyncFailed, match="No space"):
        files.append(b"2\n", 2)
    files.close()
