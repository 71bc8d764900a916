"""`scimulator report` reads a run that was stopped, and rejects a stream without any result."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.report.run_events import checks_of
from conformance.report.saved_runs import read_run
from reference_server.embedded import EmbeddedServer
from simulator.stream.run_stream import UnreadableStream, read_stream
from tests.conformance.made_up_runs import check, header, run
from tests.support import Command
from tests.warm_process import start_command


def test_stream_that_was_cut_off_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text(json.dumps(header()) + "\n")
    with pytest.raises(UnreadableStream, match="the run was interrupted"):
        list(read_stream(path))


def test_a_run_that_was_killed_leaves_what_it_found(
    own_server: EmbeddedServer, scimulator: Command, tmp_path: Path
) -> None:
    reached = threading.Event()
    count = 0

    def broken(request: Request, server: Server) -> Reply:
        nonlocal count
        count += 1
        if count > 300:
            reached.set()
        return Reply.error(500) if request.method == "PATCH" else server(request)

    stream, page = tmp_path / "run.jsonl", tmp_path / "page.html"
    with defect_proxy(own_server.base_url) as proxy:
        arguments = ["check", "--url", proxy.add("broken", broken), "--no-fuzz", "--stream", str(stream)]
        arguments += ["-k", "test_3_5_2"]
        process = start_command(*arguments, env={**os.environ, "SCIM_TOKEN": own_server.token}, cwd=tmp_path)
        assert reached.wait(300)
        process.kill()
        process.communicate(timeout=300)
    shown = scimulator("report", str(stream), "--html", str(page))
    assert shown.returncode == 130, shown.stdout + shown.stderr
    assert "The run was stopped after" in shown.stdout
    assert "The run was stopped after" in page.read_text()
    assert "FAIL" in {found["verdict"] for found in checks_of(read_run(stream))}, "failures are written as they come"


@pytest.mark.parametrize("rest", ["", '{"event": "check", "id"'], ids=["whole lines", "half a line"])
def test_a_result_that_was_to_be_run_again_counts_when_the_run_stops(tmp_path: Path, rest: str) -> None:
    begin = run(check("test_a"))[:-3]
    twice = {"event": "provisional", "check": check("test_a", "FAIL")}
    lost = {"event": "provisional", "check": check("test_b", "FAIL")}
    path = tmp_path / "run.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in [*begin, twice, lost]) + rest)
    events = read_run(path)
    assert [(found["function"], found["verdict"]) for found in checks_of(events)] == [
        ("test_a", "PASS"),
        ("test_b", "FAIL"),
    ]
    assert events[-1]["event"] == "end"


def test_a_damaged_line_in_the_middle_is_no_stopped_run(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    events = run(check("test_a"))
    path.write_text("".join(json.dumps(event) + "\n" for event in events[:-1]) + "{\n" + json.dumps(events[-1]) + "\n")
    with pytest.raises(UnreadableStream, match="not JSON"):
        read_run(path)
