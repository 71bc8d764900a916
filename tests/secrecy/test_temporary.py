"""Temporary folders go with their block, and those of killed processes with the next one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from secrecy import temporary
from secrecy.temporary import LOCK, temporary_folder

HOLDER = """
import signal
from secrecy.temporary import temporary_folder
with temporary_folder() as folder:
    print(folder, flush=True)
    signal.pause()
"""


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_a_folder_is_for_its_owner_and_goes_with_the_block(tmp_path: Path) -> None:
    with temporary_folder() as folder:
        assert folder.parent == tmp_path
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "file").touch()
    assert not folder.exists()


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    theirs = Path(holder.stdout.readline().strip())
    with temporary_folder():
        assert theirs.is_dir(), "its process lives"
    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=60)
    with temporary_folder() as ours:
        assert not theirs.exists()
        assert ours.is_dir()


@pytest.mark.parametrize("content", ["nothing", "a folder for a lock", "a link for a lock"])
def test_folders_that_are_not_of_this_kind_stay(tmp_path: Path, content: str) -> None:
    other = tmp_path / "scimulator-other"
    other.mkdir()
    if content == "a folder for a lock":
        (other / LOCK).mkdir()
    if content == "a link for a lock":
        os.symlink(tmp_path / "missing", other / LOCK)
    with temporary_folder():
        assert other.is_dir()


def test_a_folder_in_memory_needs_room_and_a_place_of_ones_own_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(temporary, "MEMORY", memory)
    monkeypatch.setattr(temporary, "ROOM", 0)
    with temporary_folder(in_memory=True) as chosen:
        assert chosen.parent == tmp_path, "TMPDIR names another place"
    monkeypatch.delenv("TMPDIR")
    with temporary_folder(in_memory=True) as roomy, temporary_folder() as usual:
        assert (roomy.parent, usual.parent) == (memory, tmp_path)
    monkeypatch.setattr(temporary, "ROOM", 2**63)
    with temporary_folder(in_memory=True) as full:
        assert full.parent == tmp_path


def test_what_a_killed_process_left_in_memory_is_removed_by_a_folder_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    abandoned = memory / "scimulator-abandoned"
    abandoned.mkdir(parents=True)
    (abandoned / LOCK).touch()
    monkeypatch.setattr(temporary, "MEMORY", memory)
    with temporary_folder() as usual:
        assert usual.parent == tmp_path
        assert not abandoned.exists()
