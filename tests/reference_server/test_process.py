"""The server as a process: ports, origins, and the ready-file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from reference_server.process import (
    PortTaken,
    ReadyFileExists,
    bind,
    origin_of,
    remove_own_ready_file,
    remove_stale_ready_file,
    write_ready_file,
)


def test_a_port_is_taken_once() -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert origin_of(listener, "127.0.0.1") == f"http://127.0.0.1:{port}"
    assert origin_of(listener, "::1") == f"http://[::1]:{port}"
    with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1"):
        bind("127.0.0.1", port)
    listener.close()


def test_ready_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    write_ready_file(file, {"token": "secret"})
    assert json.loads(file.read_text()) == {"token": "secret"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_ready_file_of_a_server_that_was_killed_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    file = tmp_path / "ready.json"
    write_ready_file(file, {"pid": ended.pid})
    remove_stale_ready_file(file)
    remove_stale_ready_file(file)
    assert not file.exists()


@pytest.mark.parametrize("there", ["a running server", "something else", "a link"])
def test_what_is_in_the_place_of_the_ready_file_is_kept(tmp_path: Path, there: str) -> None:
    file, victim = tmp_path / "ready.json", tmp_path / "victim"
    victim.write_text(json.dumps({"pid": os.getppid()}) if there == "a running server" else "mine")
    if there == "a link":
        file.symlink_to(victim)
    else:
        victim.rename(file)
    with pytest.raises(ReadyFileExists, match="exists already; expected no file"):
        remove_stale_ready_file(file)
    with pytest.raises(FileExistsError):
        write_ready_file(file, {"pid": 1})
    remove_own_ready_file(file)
    assert file.is_symlink() == (there == "a link")
    assert file.exists()


def test_a_server_removes_its_own_ready_file(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    write_ready_file(file, {"pid": os.getpid()})
    remove_own_ready_file(file)
    remove_own_ready_file(file)
    assert not file.exists()
