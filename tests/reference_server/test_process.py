"""The server as a process: ports, origins, and the ready-file."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import resource
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
import uvicorn

from reference_server.process import (
    OTHER_DESCRIPTORS,
    YOUNG_AT_MOST_OVER_DATABASE,
    PortTaken,
    ReadyFileExists,
    _Server,
    bind,
    origin_of,
    remove_own_ready_file,
    remove_stale_ready_file,
    write_ready_file,
)
from tests.support import Command
from tests.warm_process import run_code

LIMITED = """
import resource, sys
from reference_server.process import connections_with_room
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
sys.exit(connections_with_room(int(sys.argv[3])))
"""


STARTS = [
    (["--data", "data", "--host", "192.0.2.1", "--port", "0"], "192.0.2.1:0: Cannot assign requested address"),
    (["--data", "data", "--port", "0", "--ready-file", "/proc/ready"], "/proc/ready: No such file or directory"),
    (["--data", "/dev/null/data", "--port", "0"], "data folder /dev/null/data: Not a directory"),
]


@pytest.mark.parametrize(("arguments", "words"), STARTS, ids=[words for _, words in STARTS])
def test_a_server_that_cannot_start_says_so_in_one_line(scimulator: Command, arguments: list[str], words: str) -> None:
    ended = scimulator("serve", *arguments)
    assert (ended.returncode, ended.stderr) == (2, f"scimulator serve: {words}\n")


PROGRAMS = [["scimulator", "serve"], ["reference_server"], ["reference_server.scim_server"]]


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_a_server_that_cannot_print_its_tokens_stops(tmp_path: Path, program: list[str]) -> None:
    command = [sys.executable, "-m", *program, "--data", str(tmp_path), "--port", "0"]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=600)
    assert ended.returncode == 2
    assert re.fullmatch(r"[a-z_]+( serve)?: (standard output: )?No space left on device\n", ended.stderr)


def test_a_port_is_taken_once() -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert origin_of(listener, "127.0.0.1") == f"http://127.0.0.1:{port}"
    assert origin_of(listener, "::1") == f"http://[::1]:{port}"
    with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1"):
        bind("127.0.0.1", port)
    listener.close()


class Cycle:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize("holds_records", [False, True])
def test_over_a_database_garbage_is_collected_by_growth_and_not_only_in_a_quiet_second(holds_records: bool) -> None:
    server = _Server(uvicorn.Config(lambda: None), lambda: None, lambda: None, holds_records)
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(Cycle())
        young = [[] for _ in range(YOUNG_AT_MOST_OVER_DATABASE + 1)]  # type: ignore[var-annotated]
        asyncio.run(server.on_tick(1))
        assert (gone() is None) == (not holds_records)
        del young
    finally:
        gc.enable()


def test_a_server_whose_store_is_lost_ends(tmp_path: Path) -> None:
    lost: list[str] = []
    server = _Server(uvicorn.Config(lambda: None), lambda: None, lambda: lost, True)
    assert asyncio.run(server.on_tick(1)) is False
    lost.append("the journal cannot be synced")
    assert asyncio.run(server.on_tick(2)) is True


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
    with pytest.raises(ReadyFileExists, match="already exists and is not the ready-file"):
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


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "connections"),
    [
        (64, 64, 200, 32),  # half of what there is
        (OTHER_DESCRIPTORS + 99, OTHER_DESCRIPTORS + 99, 200, OTHER_DESCRIPTORS // 2 + 49),
        (64, OTHER_DESCRIPTORS + 200, 200, 200),  # a process may raise its own limit
        (1_024, 1_024, 100, 100),
    ],
)
def test_connections_leave_descriptors_for_files(soft: int, hard: int, wanted: int, connections: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this machine allows fewer descriptors")
    assert run_code(LIMITED, str(soft), str(hard), str(wanted)) == connections
