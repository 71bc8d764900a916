"""The whole story, by the newcomer's one command; and what happens when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3

from reference_server.process import bind
from tests.stream_lines import stream_lines
from tests.support import Command, started
from tests.warm_process import WarmProcess, start_command


@pytest.mark.slow
def test_demo_tells_the_whole_story(scimulator_from_cold: Command, tmp_path: Path) -> None:
    shown = scimulator_from_cold("demo")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "seed 4711" in shown.stdout.splitlines()[0]
    for words in (
        "joiners / movers / leavers",
        "converged                   yes",
        "sync into accounts",
        "0 failed",
        "wall time",
    ):
        assert words in shown.stdout
    assert "meta.created" not in shown.stdout  # the virtual clock shows the present during the checks
    page = (tmp_path / "report" / "report.html").read_text()
    assert len(page) < 5_000_000
    assert "Timeline per person" in page
    assert "scim_tok_" not in page + shown.stdout + (tmp_path / "report" / "run.jsonl").read_text()
    summary = stream_lines(tmp_path / "report" / "run.jsonl")[-1]["summary"]
    assert summary["converged"] is True
    assert min(summary["joiners"], summary["movers"], summary["leavers"]) > 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "after"),
    [
        (["demo"], 0.4),
        (["simulate", "company-year"], 0.4),
        (["load", "--users", "5000"], 2.5),
        pytest.param(["demo"], 2.5, marks=pytest.mark.full),
        pytest.param(["simulate", "company-year"], 2.5, marks=pytest.mark.full),
        pytest.param(["load", "--users", "5000"], 0.4, marks=pytest.mark.full),
    ],
)
def test_ctrl_c_leaves_nothing_running(tmp_path: Path, command: list[str], after: float) -> None:
    # Without coverage's variables: its start-up hook swallows a Ctrl-C that arrives while it is imported.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {"TMPDIR": str(tmp_path)}
    with started(*command, cwd=tmp_path, env=environment) as child:
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=600)
    # Before our first line runs, Python itself ends by the signal; a shell shows 130 for both.
    assert child.returncode in (130, -signal.SIGINT), out + err
    assert "Traceback" not in err
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if str(tmp_path) in line and "reference_server" in line] == []
    assert list(tmp_path.glob("scimulator-*")) == []


# ── serve ──


def start_server(tmp_path: Path, *arguments: str) -> tuple[WarmProcess, dict[str, Any]]:
    ready = tmp_path / "ready.json"
    child = start_command("serve", "--port", "0", "--ready-file", str(ready), *arguments, cwd=tmp_path)
    while not ready.exists():
        assert child.poll() is None, child.communicate(600)
        time.sleep(0.01)
    facts: dict[str, Any] = json.loads(ready.read_text())
    ready.unlink()
    return child, facts


def stop_server(child: WarmProcess) -> str:
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(600)
    assert "Traceback" not in err
    return out


def test_server_shows_its_tokens_once(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    child, first = start_server(tmp_path, "--data", data)
    reply = urllib3.request("GET", first["base_url"] + "/Users", headers={"Authorization": f"Bearer {first['token']}"})
    assert reply.status == 200
    out = stop_server(child)
    assert first["token"] in out
    assert first["admin_token"] in out
    child, second = start_server(tmp_path, "--data", data)
    out = stop_server(child)
    assert (second["token"], second["admin_token"]) == (None, None)
    assert "scim_tok_" not in out


def test_token_that_is_given_is_never_printed(tmp_path: Path) -> None:
    child, facts = start_server(tmp_path, "--data", str(tmp_path / "data"), "--token", "my-secret-token")
    assert facts["token"] == "my-secret-token"
    assert "my-secret-token" not in stop_server(child)


def test_control_exists_only_with_its_flag(tmp_path: Path) -> None:
    child, facts = start_server(tmp_path, "--data", str(tmp_path / "data"))
    assert facts["control_url"] is None
    origin = facts["admin_url"].removesuffix("/admin/api")
    assert urllib3.request("GET", origin + "/control/clock").status == 404
    stop_server(child)


def test_second_server_on_a_folder_names_the_holder(tmp_path: Path, scimulator: Command) -> None:
    child, _ = start_server(tmp_path, "--data", str(tmp_path / "data"))
    shown = scimulator("serve", "--port", "0", "--data", str(tmp_path / "data"))
    assert shown.returncode == 2
    assert f"in use by process {child.pid}" in shown.stderr
    stop_server(child)


def test_port_in_use_is_reported(scimulator: Command, tmp_path: Path) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    shown = scimulator("serve", "--port", str(port), "--data", str(tmp_path / "data"))
    listener.close()
    assert shown.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in shown.stderr


@pytest.mark.parametrize(
    ("prepare", "words"),
    [("format", "has format 99"), ("damaged", "snapshot.json: damaged at byte 0"), ("file", "data folder")],
)
def test_folder_that_cannot_be_used_is_reported(scimulator: Command, tmp_path: Path, prepare: str, words: str) -> None:
    data = tmp_path / "data"
    if prepare == "file":
        data.write_text("a file")
    else:
        data.mkdir()
        (data / ("format.json" if prepare == "format" else "snapshot.json")).write_text('{"format": 99}')
    shown = scimulator("serve", "--port", "0", "--data", str(data))
    assert shown.returncode == 2
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1
