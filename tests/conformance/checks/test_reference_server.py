"""The suite against the reference server: no false positive, nothing left behind, the same report from the same stream."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from conformance.report.console import counts_line
from conformance.report.formats import FORMATS
from conformance.report.saved_runs import events_of_html
from conformance.self_test import TOLERATED
from reference_server.embedded import embedded_server
from simulator.stream.run_stream import read_stream
from tests.stores import Stores
from tests.stream_schema import assert_valid
from tests.support import Command, Scim
from tests.warm_process import run_command

STORED = (
    "test_3_3 or test_3_4_2_2_op or test_3_4_2_2_logic or test_3_4_2_3 or test_3_4_2_4"
    " or test_3_5_1 or test_3_5_2_patch or test_3_6 or test_3_7 or cursor"
)
Run = tuple[int, list[Any], Path]


@pytest.fixture(scope="module")
def clean_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One full run against our own server over a folder: exit code, events, stream."""
    return suite_run("folder", request, tmp_path_factory.mktemp("run"))


def suite_run(kind: str, request: pytest.FixtureRequest, home: Path, *options: str) -> Run:
    """A run against a server where 120 users and a group live that are none of the suite's business."""
    stream = home / "run.jsonl"
    with embedded_server(data=Stores(kind, request, home).new()) as server:
        scim = Scim(server)
        residents = [scim.user(displayName=f"Resident {number}", active=number % 3 > 0) for number in range(120)]
        scim.group(*(user["id"] for user in residents[:50]))
        before = stored(scim)
        held = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token}
        done = run_command("check", "--stream", str(stream), *options, env=held, cwd=home)
        assert stored(scim) == before
    return done.returncode, list(read_stream(stream, "check")), stream


def stored(scim: Scim) -> list[Any]:
    """Every user and group."""
    return [scim.get(f"{place}?count=500").json["Resources"] for place in ("/Users", "/Groups")]


def of(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event["event"] == kind]


@pytest.mark.slow
def test_no_alarm_on_the_reference_server(clean_run: Run) -> None:
    code, events, _ = clean_run
    assert alarms(events) == []
    assert code == 0
    assert len(of(events, "check")) >= 1_500
    assert_valid(events, "preflight", "plan", "exchange", "check", "network_faults", "cleanup")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "least"),
    [(("-k", STORED, "--no-fuzz"), 150), pytest.param((), 1_500, id="whole", marks=pytest.mark.full)],
)
def test_no_alarm_over_a_database(
    request: pytest.FixtureRequest, tmp_path: Path, options: tuple[str, ...], least: int
) -> None:
    """The checks that look at what is stored, listed, and changed; all of them under `full`."""
    code, events, _ = suite_run("postgres", request, tmp_path, *options)
    assert alarms(events) == []
    assert code == 0
    assert len(of(events, "check")) >= least


def alarms(events: list[Any]) -> list[tuple[str, str]]:
    """What the suite must not report about a correct server, except what the reference server does on purpose."""
    quiet = ("PASS", "NOTE", "NOT OFFERED")
    told = [(e["id"], e["message"]) for e in of(events, "check") if e["verdict"] not in quiet]
    return [alarm for alarm in told if alarm[0].partition("::")[2].partition("[")[0] not in TOLERATED]


@pytest.mark.slow
def test_everything_it_made_is_gone(clean_run: Run) -> None:
    _, events, _ = clean_run
    assert of(events, "cleanup") == [{"event": "cleanup", "left": [], "unverified": []}]
    exchanges = of(events, "exchange")
    made = {
        f"{e['url'].partition('?')[0].rstrip('/')}/{json.loads(e['response_body'])['id']}"
        for e in exchanges
        if e["method"] == "POST" and e["status"] == 201
    }
    gone = {e["url"] for e in exchanges if e["method"] == "DELETE" and e["status"] in (204, 404)}
    for bulk in (e for e in exchanges if e["method"] == "POST" and e["url"].endswith("/Bulk") and e["status"] == 200):
        results = json.loads(bulk["response_body"])["Operations"]
        made |= {result["location"] for result in results if result["method"] == "POST" and result["status"] == "201"}
        gone |= {result["location"] for result in results if result["method"] == "DELETE" and result["status"] == "204"}
    assert len(made) > 2_000
    assert made - gone == set()


@pytest.mark.slow
def test_every_request_names_its_check_and_hides_its_token(clean_run: Run) -> None:
    _, events, stream = clean_run
    plan = events.index(of(events, "plan")[0])
    for exchange in of(events[plan:], "exchange"):
        assert exchange["request_headers"]["scimulator-check"] == exchange["cause"]["check"]
    assert b"scim_tok_" not in stream.read_bytes()


@pytest.mark.slow
def test_report_command_gives_the_same_from_the_stream(clean_run: Run, scimulator: Command, tmp_path: Path) -> None:
    _, events, stream = clean_run
    shown = scimulator("report", str(stream), *(word for form in FORMATS for word in (f"--{form}", form)))
    assert shown.returncode == 0
    assert counts_line(events[-1]["summary"]["verdicts"], 0) in shown.stdout
    wanted = {form: write(events) for form, write in FORMATS.items()}
    assert [form for form in FORMATS if (tmp_path / form).read_text() != wanted[form]] == []
    # Two thousand checks fill a page; their requests must not be crowded out of it.
    assert len(of(events_of_html(wanted["html"]), "exchange")) > 300
    assert json.loads(wanted["json"])["exit_code"] == 0
    assert ET.fromstring(wanted["junit"])[0].get("failures") == "0"
