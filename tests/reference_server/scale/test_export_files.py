"""The files of export and import: an error leaves the earlier file, a pipe can be read twice."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reference_server.scale.export_files import read_twice, written_whole


def test_a_file_appears_whole_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    with written_whole(str(file)) as out:
        out.write(b"new")
        assert not file.exists()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_or_an_interrupt_leaves_the_earlier_file_and_no_draft(
    tmp_path: Path, error: type[BaseException]
) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"old")

    def fail_midway() -> None:
        with written_whole(str(file)) as out:
            out.write(b"new")
            raise error

    with pytest.raises(error):
        fail_midway()
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["export.jsonl"]


def test_a_link_is_replaced_and_what_it_names_stays(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_bytes(b"other")
    (tmp_path / "link").symlink_to(tmp_path / "other.jsonl")
    with written_whole(str(tmp_path / "link")) as out:
        out.write(b"new")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_bytes() == b"new"
    assert (tmp_path / "other.jsonl").read_bytes() == b"other"


def test_a_device_is_written_to_and_not_replaced() -> None:
    with written_whole(os.devnull) as out:
        out.write(b"new")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_an_error_names_the_file_that_the_user_has_named(tmp_path: Path) -> None:
    wanted = str(tmp_path / "no such folder" / "export.jsonl")
    with pytest.raises(FileNotFoundError) as raised, written_whole(wanted):
        pass
    assert raised.value.filename == wanted


def test_a_file_and_a_pipe_can_both_be_read_twice(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_bytes(b"kept")
    reader, writer = os.pipe()
    os.write(writer, b"kept")
    os.close(writer)
    for name in (str(file), f"/dev/fd/{reader}"):
        with read_twice(name) as source:
            for _ in range(2):
                source.seek(0)
                assert source.read() == b"kept"
    os.close(reader)
