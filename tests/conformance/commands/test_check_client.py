"""`scimulator check-client` as a user runs it: a command in every situation, a recording, bad input."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conformance.client.situation import situations
from tests.support import ROOT, Command, started

EXAMPLE = ROOT / "docs" / "examples" / "client" / "sync.py"
CHOSEN = ("lost-reply-on-create", "exists-already")
OPTIONS = [word for name in CHOSEN for word in ("--situation", name)]


def test_the_client_of_the_tutorial_passes_with_reports(scimulator: Command, tmp_path: Path) -> None:
    files = {form: tmp_path / f"run.{form}" for form in ("html", "json", "junit", "sarif", "stream")}
    outputs = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    shown = scimulator("check-client", *OPTIONS, *outputs, "--", sys.executable, str(EXAMPLE))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "situations that a client must survive: no failure in 3 checks" in shown.stdout
    found = {check["name"]: check for check in json.loads(files["json"].read_text("utf-8"))["checks"]}
    assert [found[name]["verdict"] for name in CHOSEN] == ["PASS", "PASS"]
    assert found["bulk_schema"]["verdict"] == "NOT EXERCISED"
    page = files["html"].read_text("utf-8")
    assert "SCIM conformance of a client" in page
    assert "NOT EXERCISED" in page
    assert "skipped" in files["junit"].read_text("utf-8")
    again = scimulator("report", str(files["stream"]), "--html", str(tmp_path / "again.html"))
    assert (again.returncode, (tmp_path / "again.html").read_text("utf-8") == page) == (0, True)
    read = scimulator("check-client", "--tape", str(files["stream"]))
    assert read.returncode == 0, read.stdout + read.stderr
    token = next(line for line in files["stream"].read_text("utf-8").splitlines() if '"exchange"' in line)
    assert "Bearer client-" not in token


def test_the_page_shows_the_client_of_the_example() -> None:
    page = (ROOT / "docs" / "check-client.md").read_text("utf-8")
    assert f"```python\n{EXAMPLE.read_text('utf-8')}```" in page


def test_a_client_that_fails_is_told_with_its_last_line(scimulator: Command) -> None:
    code = "import os,sys,urllib.request as u; u.urlopen(u.Request(os.environ['SCIM_URL']+'/users')) if 0 else sys.exit('gone')"
    shown = scimulator("check-client", "--situation", "page-cap", "--", sys.executable, "-c", code)
    assert shown.returncode == 2
    assert "steady: the client ended with exit code 1: gone" in shown.stderr
    assert "The client sent no request, so nothing was judged." in shown.stdout


def test_a_client_that_does_not_end_is_stopped(scimulator: Command) -> None:
    code = "import time; time.sleep(600)"
    shown = scimulator("check-client", "--timeout", "1", "--", sys.executable, "-c", code)
    assert shown.returncode == 2
    assert "steady: the client did not end within 1 s\n" in shown.stderr
    assert "scimulator check-client --timeout 1 -- " in shown.stdout


def test_without_a_command_the_client_is_judged_after_ctrl_c(tmp_path: Path) -> None:
    command = ["check-client", "--situation", "page-cap", "--stream", "run.jsonl"]
    with started(*command, cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}) as process:
        lines: dict[str, str] = {}
        assert process.stdout is not None
        while "Run" not in lines:
            name, _, rest = process.stdout.readline().strip().partition(" ")
            lines[name] = rest.strip()
        headers = {"Authorization": f"Bearer {lines['token']}"}
        reply = urllib3.request("GET", f"{lines['page-cap']}/Users?count=5&token={lines['token']}", headers=headers)
        assert reply.json()["totalResults"] == 7
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1, stdout + stderr
    assert "The client did not read the whole list." in stdout
    assert lines["token"] not in stdout + (tmp_path / "run.jsonl").read_text("utf-8")


def _recording(tmp_path: Path, exchange: dict[str, Any]) -> Path:
    base = {
        "event": "exchange",
        "number": 1,
        "method": "GET",
        "url": "http://host/scim/Users",
        "request_headers": {"authorization": "Bearer x"},
        "request_body": None,
        "status": 200,
        "response_headers": {},
        "response_body": "{}",
        "started_at": "2026-03-02T05:00:00+00:00",
        "duration_ms": 1.0,
        "virtual_at": None,
        "cause": {},
        "failure": None,
    }
    path = tmp_path / "client.tape"
    head = {"event": "tape", "format": 1, "base_url": "http://host/scim"}
    path.write_text(json.dumps(head) + "\n" + json.dumps({**base, **exchange}) + "\n", "utf-8")
    return path


def test_a_recording_is_judged_without_situations(scimulator: Command, tmp_path: Path) -> None:
    body = json.dumps({"schemas": [], "userName": "a", "active": "True"})
    tape = _recording(tmp_path, {"method": "POST", "request_body": body})
    shown = scimulator("check-client", "--tape", str(tape), "--json", str(tmp_path / "r.json"))
    assert shown.returncode == 1, shown.stderr
    found = {
        check["name"]: check["verdict"] for check in json.loads((tmp_path / "r.json").read_text("utf-8"))["checks"]
    }
    failed = {name for name, verdict in found.items() if verdict == "FAIL"}
    assert failed == {"schemas_are_present", "booleans", "media_type", "https"}
    assert not set(situations()) & set(found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--situation", "page-caps"], 'did you mean "page-cap"?'),
        (["--profile", "rfcs"], 'did you mean "rfc"?'),
        (["--tape", "missing.tape"], "--tape: missing.tape"),
        (["--tape", "x.tape", "--", "true"], "--tape: a recording is judged without a command"),
        (["--tape", "x.tape", "--situation", "page-cap"], "--tape: a recording is judged without --situation"),
        (["--tape", "x.tape", "--public-url", "https://x"], "--tape: a recording is judged without --public-url"),
        (["--tape", "x.tape", "--timeout", "9"], "--tape: a recording is judged without --timeout"),
        (["--", "no-such-command"], "no-such-command: No such file"),
        (["--html", "/proc/no/r.html"], "/proc/no"),
        (["--public-url", "https://host/path", "--", "true"], "--public-url: expected a URL with only scheme"),
        (["--host", "192.0.2.1", "--", "true"], "--host 192.0.2.1 --port 0: Cannot assign requested address"),
    ],
)
def test_bad_input_gets_one_line(scimulator: Command, arguments: list[str], words: str) -> None:
    shown = scimulator("check-client", *arguments)
    assert shown.returncode == 2, shown.stdout + shown.stderr
    assert words in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.stderr


def test_the_list_names_every_situation_and_rule(scimulator: Command) -> None:
    shown = scimulator("check-client", "--list")
    assert shown.returncode == 0
    assert [name for name in situations() if name not in shown.stdout] == []
