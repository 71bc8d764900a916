"""Output that cannot be written ends a run with one line or silently, and the run cleans up first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reference_server.embedded import embedded_server
from secrecy.lost_output import OutputFile, OutputLost
from tests.support import Scim, resources, started

FULL = Path("/dev/full")  # every write to it fails as on a full disk
NO_SPACE = "No space left on device"
LARGE = 1_000_000  # bytes that no buffer holds


def test_the_first_failure_is_raised_and_later_output_is_discarded() -> None:
    file = OutputFile(FULL)
    file.write(b"x")
    with pytest.raises(OutputLost, match=f"^/dev/full: {NO_SPACE}$") as lost:
        file.flush()
    assert lost.value.code == 2
    file.write(b"x" * LARGE)
    file.flush()
    file.close()


def test_more_than_a_buffer_fails_at_once() -> None:
    file = OutputFile(FULL)
    with pytest.raises(OutputLost):
        file.write(b"x" * LARGE)
    file.close()


def test_what_is_still_in_the_buffer_is_noticed_at_the_end() -> None:
    file = OutputFile(FULL)
    file.write(b"x")
    with pytest.raises(OutputLost):
        file.close()
    file.close()


COMMANDS = [
    ["--help"],
    ["explain", "rfc"],
    ["check", "--list"],
    ["check", "-k", "test_3_3_creating"],
    ["check-client", "--situation", "page-cap", "--", "true"],
    ["defect", "list"],
    ["generate"],
    ["load", "--users", "5"],
    ["provision", "3"],
    ["simulate", "leaver"],
    ["simulate", "--list"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "scimulator", *arguments]
    with FULL.open("wb") as full:
        ended = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    name = f"scimulator {arguments[0]}" if arguments[0] != "--help" else "scimulator"
    assert ended.stderr == f"{name}: standard output: {NO_SPACE}\n"
    assert ended.returncode == 2


RUNS = [
    ["simulate", "leaver"],
    ["check", "-k", "test_3_3_creating", "--no-crowd"],
    ["load", "--users", "30", "--cleanup"],
]


@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
def test_a_reader_that_closes_the_output_ends_the_run_which_cleans_up(tmp_path: Path, arguments: list[str]) -> None:
    with embedded_server() as server:
        held = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token}
        with started(*arguments, cwd=tmp_path, env=held) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()  # as `head -1` does
            assert process.stderr.read() == ""
            assert process.wait(600) == 141
        assert resources(Scim(server)) == 0


FILES = [
    ["simulate", "leaver", "--stream"],
    ["simulate", "leaver", "--record"],
    ["check", "-k", "test_3_3_creating", "--no-crowd", "--stream"],
    ["load", "--users", "30", "--cleanup", "--stream"],
]


@pytest.mark.parametrize("arguments", FILES, ids=" ".join)
def test_a_full_disk_behind_a_file_ends_the_run_which_cleans_up(tmp_path: Path, arguments: list[str]) -> None:
    with embedded_server() as server:
        held = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token}
        with started(*arguments, str(FULL), cwd=tmp_path, env=held) as process:
            _, errors = process.communicate(timeout=600)
        assert errors == f"scimulator {arguments[0]}: /dev/full: {NO_SPACE}\n"
        assert process.returncode == 2
        assert resources(Scim(server)) == 0
    assert list(tmp_path.glob(".scimulator/incident-*")) == []


@pytest.mark.parametrize("closed", ["1", "2", "1 2"])
def test_closed_output_is_discarded(tmp_path: Path, closed: str) -> None:
    shell = " ".join(f"{number}>&-" for number in closed.split())
    command = f'"$0" -m scimulator simulate mixed-life --days 1 --users 8 --json run.json {shell}'
    ended = subprocess.run(["sh", "-c", command, sys.executable], cwd=tmp_path, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (ended.stdout == b"") == ("1" in closed)
    assert json.loads((tmp_path / "run.json").read_bytes())


REPORTS = [
    ["simulate", "leaver", "--report", "report.html"],
    ["check", "-k", "test_3_3_creating", "--html", "report.html"],
    ["check-client", "--situation", "page-cap", "--html", "report.html", "--", "true"],
    ["load", "--users", "5", "--html", "report.html"],
]


@pytest.mark.parametrize("arguments", REPORTS, ids=" ".join)
def test_a_stream_that_goes_to_a_pipe_is_reported_all_the_same(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "scimulator", arguments[0], "--stream", "/dev/stdout", *arguments[1:]]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    events = [json.loads(line)["event"] for line in ended.stdout.splitlines() if line.startswith('{"event":')]
    assert (events[0], events[-1], ended.stderr) == ("run", "end", "")
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")
