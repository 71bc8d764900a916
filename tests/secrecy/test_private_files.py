"""Files are for their owner only, appear whole, and never through a link."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from secrecy.private_files import (
    check_new,
    check_writable,
    create_private,
    private_folder,
    write_new,
    write_private,
    written_whole,
)
from tests.support import ROOT


@pytest.fixture(autouse=True)
def _open_umask() -> object:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_files_and_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "report" / "today"
    write_private(folder / "report.html", "<p>")
    create_private(folder / "run.jsonl").close()
    write_new(folder / "ready.json", b"{}")
    assert {mode(path) for path in folder.iterdir()} == {"0o600"}
    assert {mode(folder), mode(folder.parent)} == {"0o700"}
    assert len(list(folder.iterdir())) == 3


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new ü\ud800")
    assert (mode(path), path.read_bytes()) == ("0o600", "new ü\\ud800".encode())


@pytest.mark.parametrize("write", [write_private, lambda path, text: create_private(path).close()])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, write: object) -> None:
    victim, path = tmp_path / "victim", tmp_path / "report.html"
    victim.write_text("mine")
    path.symlink_to(victim)
    write(path, "new")  # type: ignore[operator]
    assert victim.read_text() == "mine"
    assert not path.is_symlink()


@pytest.mark.parametrize("there", ["file", "link", "link to nowhere"])
def test_a_new_file_replaces_nothing(tmp_path: Path, there: str) -> None:
    victim, path = tmp_path / "victim", tmp_path / "ready.json"
    if there != "link to nowhere":
        victim.write_text("mine")
    if there == "file":
        victim.rename(path)
    else:
        path.symlink_to(victim)
    with pytest.raises(FileExistsError):
        write_new(path, b"{}")
    assert there == "link to nowhere" or path.read_text() == "mine"
    assert there == "file" or path.is_symlink()
    assert not [left for left in tmp_path.iterdir() if left.name.endswith(".part")]


def test_a_failure_leaves_the_file_as_it_was_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(TypeError), written_whole(path) as file:
        file.write("a string")  # type: ignore[call-overload]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_not_replaced() -> None:
    check_writable(Path("/dev/null"))
    write_private(Path("/dev/null"), "text")
    create_private(Path("/dev/null")).close()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


ECHO = """
import sys
from pathlib import Path
from secrecy.private_files import check_writable, create_private, write_private
print("before", flush=True)
check_writable(Path(sys.argv[1]))
write_private(Path(sys.argv[1]), "whole\\n")
with create_private(Path(sys.argv[1])) as file:
    file.write(b"in steps\\n")
print("after", flush=True)
"""


@pytest.mark.parametrize("link", ["/proc/self/fd/1", "/dev/fd/1", "another"])
@pytest.mark.parametrize("stdout", ["file", "pipe"])
def test_a_link_to_an_open_file_is_written_to_and_not_replaced(tmp_path: Path, link: str, stdout: str) -> None:
    """As /dev/stdout, which root could replace for the whole system."""
    (tmp_path / "another").symlink_to("/proc/self/fd/1")
    path = tmp_path / "link"
    path.symlink_to(link)
    command = [sys.executable, "-c", ECHO, str(path)]
    if stdout == "pipe":
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    else:
        with (tmp_path / "out").open("wb") as out:
            subprocess.run(command, cwd=ROOT, stdout=out, check=True)
        shown = (tmp_path / "out").read_text()
    assert shown == "before\nwhole\nin steps\nafter\n"
    assert str(path.readlink()) == link


@pytest.mark.parametrize("name", ["new.json", "old.json", "n" * 300])
def test_whether_a_file_can_be_written_leaves_no_trace(tmp_path: Path, name: str) -> None:
    (tmp_path / "old.json").write_text("old")
    with suppress(OSError) if len(name) < 256 else pytest.raises(OSError, match=name):
        check_writable(tmp_path / name)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old.json", "old")]


def test_what_cannot_be_written_is_reported_with_the_name_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "report.html"):
        with pytest.raises(OSError):
            check_writable(path)
    with pytest.raises(OSError) as failed:
        write_private(Path("/proc/scimulator.html"), "")
    assert failed.value.filename == "/proc/scimulator.html"


def test_a_folder_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path)
    assert mode(tmp_path) == "0o755"


def test_whether_a_file_can_be_created_is_found_out_without_a_trace(tmp_path: Path) -> None:
    check_new(tmp_path / "ready.json")
    with pytest.raises(FileNotFoundError) as missing:
        check_new(tmp_path / "missing" / "ready.json")
    assert missing.value.filename == str(tmp_path / "missing" / "ready.json")
    assert list(tmp_path.iterdir()) == []
