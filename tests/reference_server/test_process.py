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
from typing import Any

import pytest
import uvicorn

from reference_server.process import (
    OTHER_DESCRIPTORS,
    YOUNG_AT_MOST_OVER_DATABASE,
    PortTaken,
    ReadyFileExists,
    _Server,
    bind,
    check_ready_file,
    in_words,
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
    (["--data", "data", "--host", "é..b", "--port", "0"], "é..b:0: Not a valid host name"),
    (["--data", "data", "--port", "0", "--ready-file", "missing/r.json"], "missing/r.json: No such file or directory"),
    (["--data", "data", "--port", "0", "--ready-file", "data/in/r.json"], "data/in/r.json: No such file or directory"),
    (["--data", "data", "--port", "0", "--ready-file", "/dev/null/r"], "/dev/null/r: Not a directory"),
    (["--data", "data", "--token", ""], "--token: the token is empty"),
    (["--data", "data", "--token", "  "], "--token: the token is empty"),
    (["--data", "data", "--token", "scim_tok_x "], "--token: the token begins or ends with a space"),
    (["--data", "data", "--admin-token", ""], "--admin-token: the token is empty"),
    (["--data", "data", "--admin-token", "x" * 15], "--admin-token: expected at least 16 characters, got 15"),
    (["--data", "data", "--admin-token", " " + "x" * 16], "--admin-token: the token begins or ends with a space"),
    (["--data", ""], "--data: expected a folder or postgresql://…, got an empty string"),
    (["--data", "data", "--clock-start", "2026-03-02T06:00:00Z"], "--clock-start: requires --virtual-clock"),
]


@pytest.mark.parametrize(("arguments", "words"), STARTS, ids=[words for _, words in STARTS])
def test_a_server_that_cannot_start_says_so_in_one_line(
    scimulator: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    ended = scimulator("serve", *arguments)
    assert (ended.returncode, ended.stderr, ended.stdout) == (2, f"scimulator serve: {words}\n", "")
    assert list(tmp_path.iterdir()) == [], "nothing was created"


def test_a_ready_file_can_be_in_a_data_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    check_ready_file(tmp_path / "data" / "ready.json", str(tmp_path / "data"))
    with pytest.raises(FileNotFoundError):
        check_ready_file(tmp_path / "data" / "ready.json", str(tmp_path / "other"))
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize(("host", "place"), [("999.1.1.1", "999.1.1.1:0"), ("::z", "[::z]:0"), ("a b", "a b:0")])
def test_a_host_that_cannot_be_resolved_is_named(host: str, place: str) -> None:
    """The words of the resolver depend on the machine and its network."""
    with pytest.raises(OSError, match=r"\w") as failed:
        bind(host, 0)
    assert failed.value.filename == place
    assert in_words(failed.value) == f"{place}: {failed.value.strerror}"


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


def test_ready_file_of_a_killed_server_that_nobody_waited_for_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    with subprocess.Popen(["sleep", "3600"]) as killed:
        write_ready_file(file, {"pid": killed.pid})
        with pytest.raises(ReadyFileExists, match=f"process {killed.pid} is running"):
            remove_stale_ready_file(file)
        killed.kill()
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # it has ended and stays a zombie
        remove_stale_ready_file(file)
    assert not file.exists()


@pytest.mark.parametrize("pid", [0, -1, 2**31, 10**30, "x", None, [1]])
def test_a_file_with_a_number_that_no_process_has_is_kept(tmp_path: Path, pid: Any) -> None:
    file = tmp_path / "ready.json"
    write_ready_file(file, {"pid": pid})
    with pytest.raises(ReadyFileExists, match=r"is not the ready-file of a stopped server of yours$"):
        remove_stale_ready_file(file)
    assert file.exists()


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
