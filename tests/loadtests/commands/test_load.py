"""`scimulator load` over real processes: what it says, writes and exits with, for good targets and for those with a fault."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import EmbeddedServer
from tests.fake_target import fake_target
from tests.stream_schema import assert_valid
from tests.support import ROOT, Command, Scim, started

pytestmark = pytest.mark.slow

Answer = tuple[int, dict[str, str], Any] | None
MakeTarget = Callable[[Callable[[str, str], Answer]], Any]


def against(url: str, token: str, *more: str) -> list[str]:
    return ["load", "--url", url, "--token", token, "--users", "30", *more]


def test_a_good_target_holds_the_budget_and_the_end_state(scimulator: Command, tmp_path: Path) -> None:
    outputs = ["--json", "out.json", "--html", "out.html", "--csv", "out.csv", "--junit", "out.xml"]
    shown = scimulator("load", "--users", "60", *outputs, "--stream", "run.jsonl")
    assert shown.returncode == 0, shown.stderr + shown.stdout
    assert "60 users and " in shown.stdout
    assert "that Entra ID requires" in shown.stdout
    assert "The end state is correct, and all limits of the budget are met." in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= 100
    value = json.loads((tmp_path / "out.json").read_text())
    counts = {item["name"]: item["count"] for item in value["operations"]}
    assert counts["probe user"] == 1
    assert counts["match user"] == counts["create user"] == 60
    assert counts["set manager"] == 59
    assert counts["add member"] > 60
    assert sum(counts.values()) == value["summary"]["requests"]
    assert value["differences"] == value["errors"] == value["left"] == []
    assert all(item["ok"] for item in value["budget"])
    assert value["target"]["embedded"] is True
    assert_valid(tmp_path / "run.jsonl", "operation", "budget", "timeline", "verified")

    outputs = [word.replace("out.", "again.") for word in outputs]
    again = scimulator("report", "run.jsonl", *outputs)
    assert again.returncode == 0
    assert again.stdout in shown.stdout
    for kind in ("json", "html", "csv", "xml"):
        assert (tmp_path / f"again.{kind}").read_bytes() == (tmp_path / f"out.{kind}").read_bytes()


def test_a_second_run_creates_no_user_and_is_right_as_well(scimulator: Command, server: EmbeddedServer) -> None:
    first = scimulator(*against(server.base_url, server.token, "--json", "a.json"))
    second = scimulator(*against(server.base_url, server.token, "--stream", "b.jsonl"))
    assert (first.returncode, second.returncode) == (0, 0), second.stdout
    assert "create user" in first.stdout
    assert "create user" not in second.stdout


def test_clean_up_leaves_what_was_there_before_and_nothing_else(
    scimulator: Command, behind: MakeTarget, server: EmbeddedServer
) -> None:
    target = behind(lambda method, path: None)
    assert scimulator(*against(target.url, target.token, "--users", "10")).returncode == 0
    shown = scimulator(*against(target.url, target.token, "--users", "15", "--seed", "5", "--cleanup"))
    deleted = [path for method, path in target.seen if method == "DELETE"]
    # The groups of both companies share their names: those of the first run are matched, so they stay.
    assert len(deleted) == len(set(deleted)) == 15
    assert "15 removed, 0 left" in shown.stdout


def test_a_target_that_cannot_delete_is_reported_with_what_remains(
    scimulator: Command, behind: MakeTarget, tmp_path: Path
) -> None:
    target = behind(lambda method, path: (501, {}, {}) if method == "DELETE" else None)
    outputs = ("--json", "out.json", "--html", "out.html", "--junit", "out.xml")
    shown = scimulator(*against(target.url, target.token, "--cleanup", *outputs))
    assert shown.returncode == 1
    assert "0 removed, " in shown.stdout
    assert f"✘ left {target.url}/Groups/" in shown.stdout
    value = json.loads((tmp_path / "out.json").read_text())
    assert "resources could not be removed" in value["verdict"]
    assert value["left"][0] in (tmp_path / "out.html").read_text()
    assert "resources remain" in (tmp_path / "out.xml").read_text()


def test_deleted_resources_that_stay_listed_are_reported_and_the_next_run_announces_them(
    scimulator: Command, behind: MakeTarget, tmp_path: Path
) -> None:
    target = behind(lambda method, path: (204, {}, b"") if method == "DELETE" else None)
    options = against(target.url, target.token, "--users", "5", "--cleanup", "--json", "out.json")
    shown = scimulator(*options, "--stream", "run.jsonl")
    value = json.loads((tmp_path / "out.json").read_text())
    assert (shown.returncode, value["left"]) == (0, [])
    assert f"The target still lists {value['still_listed']} deleted resources." in value["verdict"]
    again = scimulator(*options, "--stream", "again.jsonl")
    assert "contains 5 users and " in again.stdout
    assert_valid(tmp_path / "again.jsonl", "leftovers")


def test_a_lost_member_is_found_although_every_answer_was_right(
    scimulator: Command, behind: MakeTarget, tmp_path: Path
) -> None:
    patches = itertools.count()
    target = behind(
        lambda method, path: (204, {}, b"") if "Groups" in path and method == "PATCH" and next(patches) == 7 else None
    )
    shown = scimulator(*against(target.url, target.token, "--json", "out.json"))
    assert shown.returncode == 1
    assert "The end state has 1 difference." in shown.stdout
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["errors"] == []
    assert [found["kind"] for found in value["differences"]] == ["members"]


def test_a_target_that_ignores_filters_fails_by_name(scimulator: Command, behind: MakeTarget, tmp_path: Path) -> None:
    stranger = {"totalResults": 1, "Resources": [{"id": "x", "userName": "stranger@contoso.example"}]}
    target = behind(lambda method, path: (200, {}, stranger) if "filter=userName" in path else None)
    shown = scimulator(*against(target.url, target.token, "--stream", "run.jsonl"))
    assert shown.returncode == 1
    assert_valid(tmp_path / "run.jsonl", "error")
    assert "match user: matched a different resource" in shown.stdout
    assert "probe user: found a user that does not exist" in shown.stdout
    assert "error rate (maximum)" in shown.stdout


def test_a_throttled_run_waits_and_ends_well(scimulator: Command, behind: MakeTarget, tmp_path: Path) -> None:
    posts = itertools.count()
    busy = (429, {"Retry-After": "0"}, {"status": "429"})
    target = behind(lambda method, path: busy if method == "POST" and next(posts) % 10 == 3 else None)
    shown = scimulator(*against(target.url, target.token, "--json", "out.json"))
    assert shown.returncode == 0, shown.stdout
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["summary"]["throttled"] >= 4
    assert value["errors"] == []
    counts = {item["name"]: item["count"] for item in value["operations"]}
    assert counts["429 wait"] == value["summary"]["throttled"]
    assert counts["create user"] == 30


def test_a_target_that_dies_in_the_middle_ends_the_run_with_one(
    scimulator: Command, server: EmbeddedServer, behind: MakeTarget
) -> None:
    requests = itertools.count()

    def die(method: str, path: str) -> Answer:
        if next(requests) == 60:
            os.kill(server.pid, signal.SIGKILL)
        return None

    target = behind(die)
    shown = scimulator(*against(target.url, target.token, "--users", "400"), timeout=600)
    assert shown.returncode == 1, shown.stdout
    assert "The target stopped responding after" in shown.stdout
    assert "no response" in shown.stdout
    assert "Traceback" not in shown.stdout + shown.stderr
    assert target.token not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("token", "code", "words"),
    [
        ("wrong-token", 3, "rejects the token (401)"),
        ("two words", 2, "--token: expected printable ASCII without spaces"),
        ("line\nbreak", 2, "--token: expected printable ASCII"),
        ("tökén", 2, "--token: expected printable ASCII"),
    ],
)
def test_a_token_that_cannot_work_is_reported_and_never_shown(
    scimulator: Command, server: EmbeddedServer, token: str, code: int, words: str
) -> None:
    shown = scimulator(*against(server.base_url, token))
    assert shown.returncode == code
    assert words in shown.stderr
    assert token not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host/scim", "expected http"),
        ("http://", "expected http"),
        ("http://host:port/scim", "expected http"),
        ("http://[::1/scim", "expected http"),
        ("http://anna:geheim@127.0.0.1:9/scim", "expected only scheme, host, and path"),
        ("http://127.0.0.1:9/scim?token=geheim", "expected only scheme, host, and path"),
    ],
)
def test_a_url_that_cannot_be_a_target_is_rejected_before_anything_is_sent(
    scimulator: Command, url: str, words: str
) -> None:
    shown = scimulator("load", "--url", url, "--token", "t", "--users", "5")
    assert shown.returncode == 2
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_budget_that_is_missed_is_reported_with_limit_and_measure(scimulator: Command, tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text(
        'min_requests_per_second: 1000000\noperations: {"create user": {p50_ms: 0}}\n'
    )
    shown = scimulator("load", "--users", "20", "--budget", "strict.yaml")
    assert shown.returncode == 1
    rate, time = (line.split() for line in shown.stdout.splitlines() if "✘" in line)
    assert rate[1:5] == ["requests", "per", "second", "(minimum)"]
    allowed, measured, by, percent = rate[5:]
    assert (allowed, percent) == ("1,000,000", "(100%)")
    shown_rate, missing = (float(number.replace(",", "")) for number in (measured, by))
    assert abs(1_000_000 - shown_rate - missing) <= 1, "both are rounded"
    assert time[1:5] == ["create", "user", "p50_ms", "0"]
    assert time[5] == time[6]
    assert "2 limits of the budget were missed." in shown.stdout


@pytest.mark.parametrize("option", ["--json", "--html", "--csv", "--junit", "--stream"])
def test_an_output_that_cannot_be_written_is_rejected_before_anything_is_sent(scimulator: Command, option: str) -> None:
    shown = scimulator("load", "--users", "5", option, "/proc/none/out")
    assert shown.returncode == 2
    assert "/proc/none" in shown.stderr


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    direct = [int(word) for word in found.stdout.split()]
    return direct + [grandchild for child in direct for grandchild in children(child)]


def interrupted(*arguments: str, **environment: str) -> tuple[int, str, str, list[int]]:
    """Start a run, press Ctrl-C at its first line of progress; exit code, output, and which of its processes still live."""
    held = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    with started(*arguments, cwd=ROOT, env=held) as process:
        assert process.stdout is not None
        first = ""
        for line in process.stdout:
            first += line
            if "requests/s" in line:
                break
        family = children(process.pid)
        assert family, "the run has processes of its own"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=600)
    alive = [pid for pid in family if Path(f"/proc/{pid}").exists()]
    return process.returncode, first + out, err, alive


def test_ctrl_c_stops_everything_it_started() -> None:
    code, _, err, alive = interrupted("load", "--users", "3000")
    assert code == 130
    assert err.strip() == "scimulator load: interrupted; all processes that it started have ended"
    assert alive == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "resources remain at http"),
        (["--cleanup"], "0 resources remain at http"),
        (["--cleanup", "--workers", "2"], "0 resources remain at http"),
    ],
)
def test_ctrl_c_leaves_a_target_clean_or_says_what_stays(
    server: EmbeddedServer, behind: MakeTarget, more: list[str], words: str
) -> None:
    target = behind(lambda method, path: None)
    code, out, _, alive = interrupted("load", "--url", target.url, "--users", "3000", *more, SCIM_TOKEN=target.token)
    assert code == 130
    assert words in out
    told = re.search(r"([\d,]+) resources remain", out)
    assert told is not None
    stored = [Scim(server).get(f"/{kind}?count=0").json["totalResults"] for kind in ("Users", "Groups")]
    assert sum(stored) == int(told[1].replace(",", "")), "also of requests that were under way at the Ctrl-C"
    assert alive == []
    deleted = sum(method == "DELETE" for method, _ in target.seen)
    assert (deleted > 0) == bool(more)


def test_plain_locust_works_with_the_token_from_the_environment(server: EmbeddedServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--headless"]
    command += ["--host", server.base_url, "--people", "20", "-u", "4", "-r", "4", "--tags", "initial-cycle"]
    environment = {**os.environ, "SCIM_TOKEN": server.token, "PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert shown.returncode == 0, shown.stderr
    assert "create user" in shown.stderr + shown.stdout
    assert server.token not in shown.stderr + shown.stdout


def test_a_target_without_groups_gets_users_alone(scimulator: Command, tmp_path: Path) -> None:
    """As found on 30 November 2026: `load` ended with "cannot be used", exit 3."""
    with fake_target(lambda request: (404, {}) if "/Groups" in request.path else "well") as target:
        shown = scimulator(*against(target.url, "a-secret-token", "--json", "out.json"))
        storm = scimulator(*against(target.url, "a-secret-token", "--scenario", "group-storm"))
        assert [line for line in target.writes() if "/Groups" in line] == []
    assert "groups are not provisioned" in shown.stdout, shown.stderr
    assert json.loads((tmp_path / "out.json").read_text())["differences"] == []
    assert (storm.returncode, "--scenario group-storm: this scenario needs groups" in storm.stderr) == (2, True)
