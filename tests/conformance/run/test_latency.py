"""A slow or breaking line changes no verdict: the suite judges the server, not the way to it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from tests.conformance.slow_line import SlowLine, slow_line
from tests.support import FULL_SECONDS
from tests.warm_process import run_command

# One of every way in which time could matter: lists that others fill, moments that are compared, versions, rewrites.
SELECTION = (
    "last_modified or deleted_user or etag or duplicate or test_bulk_creates"
    " or (pages or sorting or members) and (test_3_4 or test_3_5_2_p)"
)


def run_over(line: SlowLine, folder: Path, *options: str, timeout: float = 600) -> dict[str, str]:
    """Verdict by check id of one run against a new server at the far end of the line."""
    stream = folder / "run.jsonl"
    line.server_port = _free_port()
    # The server's URLs contain the near end of the line, so that clients that follow a location stay on the line.
    with embedded_server(arguments=["--port", str(line.server_port), "--public-url", line.url]) as server:
        arguments = ["check", "--url", server.base_url, "--stream", str(stream), "--no-fuzz", *options]
        done = run_command(*arguments, cwd=folder, env={**os.environ, "SCIM_TOKEN": server.token}, timeout=timeout)
    assert stream.exists(), done.stdout + done.stderr
    assert done.returncode in (0, 1), done.stdout + done.stderr
    events: list[dict[str, Any]] = [json.loads(text) for text in stream.read_text("utf-8").splitlines()]
    assert [event["left"] for event in events if event["event"] == "cleanup"] == [[]]
    return {event["id"]: event["verdict"] for event in events if event["event"] == "check"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts of the selection on a line without delay."""
    with slow_line(0) as line:
        return run_over(line, tmp_path_factory.mktemp("at-once"), "-k", SELECTION)


@pytest.mark.slow
def test_verdicts_are_the_same_at_200_ms(at_once: dict[str, str], tmp_path: Path) -> None:
    with slow_line(0.2) as line:
        slow = run_over(line, tmp_path, "-k", SELECTION, "--parallel", "32")
    assert line.requests > len(at_once) >= 20
    assert slow == at_once


@pytest.mark.slow
def test_verdicts_are_the_same_on_a_line_that_breaks_at_each_hundredth_request(
    at_once: dict[str, str], tmp_path: Path
) -> None:
    with slow_line(0, break_every=100) as line:  # one at a time, so that the same requests break each time
        broken = run_over(line, tmp_path, "-k", SELECTION, "--parallel", "1")
    assert line.resets >= 1
    undecided = [check for check, verdict in broken.items() if verdict == "UNDECIDED"]
    assert len(undecided) <= max(1, len(broken) // 100)
    assert {check: verdict for check, verdict in broken.items() if check not in undecided} == {
        check: verdict for check, verdict in at_once.items() if check not in undecided
    }


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.parametrize(("latency_s", "break_every"), [(0.2, 0), (2.0, 0), (0.2, 100)], ids=["200ms", "2s", "breaks"])
def test_verdicts_of_the_whole_profile_are_the_same(latency_s: float, break_every: int, tmp_path: Path) -> None:
    with slow_line(0) as line:
        swift = run_over(line, tmp_path)
    with slow_line(latency_s, break_every) as line:
        slow = run_over(line, tmp_path, "--parallel", "32", timeout=FULL_SECONDS)
    differing = {check: (verdict, slow.get(check)) for check, verdict in swift.items() if slow.get(check) != verdict}
    if break_every:
        assert len(differing) <= len(swift) // 100, differing
        assert {after for _, after in differing.values()} <= {"UNDECIDED"}
    else:
        assert differing == {}
    assert slow.keys() == swift.keys()
