"""The suite against real targets: silent on a good server, biting on broken ones, never green for nothing."""

from __future__ import annotations

import json
import os
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from conformance.report.console import counts_line
from conformance.report.files import FORMATS
from conformance.self_test import TOLERATED
from conformance.verdict import LEGEND, Verdict, merged
from reference_server.embedded import EmbeddedServer, embedded_server
from reference_server.process import bind
from simulator.wire.stream import UnreadableStream, read_stream
from tests.stores import Stores
from tests.support import Command
from tests.warm_process import run_command

STORED = "test_3_3 or test_3_4_2 or test_3_5 or test_3_6 or test_3_7 or cursor"
Run = tuple[int, list[dict[str, Any]], Path]


@pytest.fixture(scope="module")
def clean_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One full run against our own server over a folder: exit code, events, stream."""
    return suite_run("folder", request, tmp_path_factory.mktemp("run"))


def suite_run(kind: str, request: pytest.FixtureRequest, home: Path, *options: str) -> Run:
    stream = home / "run.jsonl"
    with embedded_server(data=Stores(kind, request, home).new()) as server:
        held = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token}
        done = run_command("check", "--stream", str(stream), *options, env=held, cwd=home)
    return done.returncode, list(read_stream(stream)), stream


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == kind]


@pytest.mark.slow
def test_no_alarm_on_the_reference_server(clean_run: Run) -> None:
    code, events, _ = clean_run
    assert alarms(events) == []
    assert code == 0
    assert len(of(events, "check")) >= 1_500


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


def alarms(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What a good server must not be told, without what the reference server does on purpose."""
    quiet = ("PASS", "NOTE", "NOT OFFERED")
    told = [(e["id"], e["message"]) for e in of(events, "check") if e["verdict"] not in quiet]
    return [alarm for alarm in told if alarm[0].partition("::")[2].partition("[")[0] not in TOLERATED]


@pytest.mark.slow
def test_everything_it_made_is_gone(clean_run: Run) -> None:
    _, events, _ = clean_run
    assert of(events, "cleanup") == [{"event": "cleanup", "left": []}]
    exchanges = of(events, "exchange")
    made = {
        f"{e['url'].partition('?')[0].rstrip('/')}/{json.loads(e['response_body'])['id']}"
        for e in exchanges
        if e["method"] == "POST" and e["status"] == 201
    }
    gone = {e["url"] for e in exchanges if e["method"] == "DELETE" and e["status"] in (204, 404)}
    assert len(made) > 1_000
    assert made - gone == set()


@pytest.mark.slow
def test_every_request_names_its_check_and_hides_its_token(clean_run: Run) -> None:
    _, events, stream = clean_run
    plan = events.index(of(events, "plan")[0])
    for exchange in of(events[plan:], "exchange"):
        assert exchange["request_headers"]["scimulator-check"] == exchange["cause"]["check"]
    assert b"scim_tok_" not in stream.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMATS))
def test_readers_give_the_same_for_the_same_stream(clean_run: Run, form: str) -> None:
    _, events, _ = clean_run
    assert FORMATS[form](events) == FORMATS[form](json.loads(json.dumps(events)))


@pytest.mark.slow
def test_report_command_reads_the_stream_again(clean_run: Run, scimulator: Command, tmp_path: Path) -> None:
    _, events, stream = clean_run
    shown = scimulator(
        "report", str(stream), "--html", "r.html", "--json", "r.json", "--junit", "r.xml", "--markdown", "r.md"
    )
    assert shown.returncode == 0
    assert counts_line(events[-1]["summary"]["verdicts"], 0) in shown.stdout
    assert (tmp_path / "r.html").read_text() == FORMATS["html"](events)
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == 0
    assert ET.parse(tmp_path / "r.xml").getroot()[0].get("failures") == "0"


def test_stream_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text('{"event":"run","format":1,"tool":"check"}\n')
    with pytest.raises(UnreadableStream, match="cut off"):
        list(read_stream(path))


def test_verdicts_have_a_legend_and_merge_to_the_worst() -> None:
    assert set(LEGEND) == set(Verdict)
    assert merged([Verdict.PASS, Verdict.NOTE, Verdict.UNDECIDED]) is Verdict.UNDECIDED
    assert merged([Verdict.UNDECIDED, Verdict.FAIL]) is Verdict.FAIL
    assert merged([]) is Verdict.PASS


@pytest.mark.parametrize("id_", ["RFC7644-3.5.2.2-04", "WARN", "test_removal_of_one_member"])
def test_explain_tells_what_it_knows(scimulator: Command, id_: str) -> None:
    shown = scimulator("explain", id_)
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) >= 1


# ── broken targets: each small app breaks one thing ──

Serve = Callable[[Callable[[Request], Any]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve one async function as a whole SCIM target; returns its base URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(answer: Callable[[Request], Any]) -> str:
        app = Starlette()
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        app.router.add_route("/{path:path}", answer, methods=methods)
        listener = bind("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(5)


EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


async def login_page(request: Request) -> Response:
    return HTMLResponse("<html>Please sign in</html>")


async def always_401(request: Request) -> Response:
    return JSONResponse({"error": "no"}, 401)


async def always_500(request: Request) -> Response:
    return JSONResponse({"error": "no"}, 500)


async def empty_bodies(request: Request) -> Response:
    return Response(b"", 200)


async def elsewhere(request: Request) -> Response:
    return RedirectResponse("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "answer", [login_page, always_401, always_500, empty_bodies, elsewhere], ids=lambda f: f.__name__
)
def test_target_that_is_no_scim_server_fails_preflight(
    scimulator: Command, serve: Serve, answer: Callable[[Request], Any]
) -> None:
    shown = scimulator("check", "--url", serve(answer), "--token", "t", "--no-fuzz")
    assert shown.returncode == 3
    assert len(shown.stderr.strip().splitlines()) == 1


def test_base_url_one_level_off_is_told(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url + "/Users", "--token", shared_server.token)
    assert shown.returncode == 3
    assert f"Use --url {shared_server.base_url}" in shown.stderr


def test_wrong_token_is_told(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url, "--token", "wrong")
    assert shown.returncode == 3
    assert "refused" in shown.stderr


def test_nothing_selected_is_never_green(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url, "--token", shared_server.token, "-k", "no_such_check")
    assert shown.returncode == 2
    assert "no check fits" in shown.stderr
