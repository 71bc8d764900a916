"""The suite against real targets: silent on a good server, biting on broken ones, never green for nothing."""

from __future__ import annotations

import json
import subprocess
import sys
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
from conformance.requirements import catalogue, requirement
from conformance.run import collect_checks
from conformance.verdict import LEGEND, Verdict, merged
from reference_server.embedded import EmbeddedServer
from reference_server.process import bind
from simulator.wire.stream import UnreadableStream, read_stream
from tests.support import Command

CHECKS = Path(__file__).parents[2] / "conformance" / "checks"


@pytest.fixture(scope="module")
def clean_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[dict[str, Any]], Path]:
    """One full run against our own server."""
    stream = tmp_path_factory.mktemp("run") / "run.jsonl"
    command = [sys.executable, "-m", "scimulator", "check", "--stream", str(stream)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, list(read_stream(stream)), stream


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == kind]


@pytest.mark.slow
def test_no_alarm_on_the_reference_server(clean_run: tuple[int, list[dict[str, Any]], Path]) -> None:
    code, events, _ = clean_run
    alarms = [(e["id"], e["message"]) for e in of(events, "check") if e["verdict"] not in ("PASS", "NOTE")]
    assert alarms == []
    assert code == 0
    assert len(of(events, "check")) >= 200


@pytest.mark.slow
def test_everything_it_made_is_gone(clean_run: tuple[int, list[dict[str, Any]], Path]) -> None:
    _, events, _ = clean_run
    assert of(events, "cleanup") == [{"event": "cleanup", "left": []}]
    exchanges = of(events, "exchange")
    made = [e for e in exchanges if e["method"] == "POST" and e["status"] == 201]
    deleted = {e["url"] for e in exchanges if e["method"] == "DELETE" and e["status"] == 204}
    for exchange in made:
        assert json.loads(exchange["response_body"])["meta"]["location"] in deleted


@pytest.mark.slow
def test_every_request_names_its_check_and_hides_its_token(clean_run: tuple[int, list[dict[str, Any]], Path]) -> None:
    _, events, stream = clean_run
    plan = events.index(of(events, "plan")[0])
    for exchange in of(events[plan:], "exchange"):
        assert exchange["request_headers"]["scimulator-check"] == exchange["cause"]["check"]
    assert b"scim_tok_" not in stream.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("form", list(FORMATS))
def test_readers_give_the_same_for_the_same_stream(
    clean_run: tuple[int, list[dict[str, Any]], Path], form: str
) -> None:
    _, events, _ = clean_run
    assert FORMATS[form](events) == FORMATS[form](json.loads(json.dumps(events)))


@pytest.mark.slow
def test_report_command_reads_the_stream_again(
    clean_run: tuple[int, list[dict[str, Any]], Path], scimulator: Command, tmp_path: Path
) -> None:
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


# ── the catalogue ──


def test_every_check_is_tied_to_requirements_and_every_file_to_its_section() -> None:
    checks = collect_checks(("rfc", "entra", "okta"), "")
    assert len(checks) >= 150
    assert [check["id"] for check in checks if not check["requirements"]] == []
    sections = {row.section for row in catalogue().values()}
    for path in CHECKS.glob("rfc*/test_*.py"):
        numbers = [part for part in path.stem.removeprefix("test_").split("_") if part.isdigit()]
        assert ".".join(numbers) in sections, path.name


def test_unknown_requirement_is_refused() -> None:
    with pytest.raises(ValueError, match="no such requirement: RFC0-1"):
        requirement("RFC0-1")


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


class Flawed:
    """Passes everything on to a good server, but for one flaw."""

    def __init__(
        self,
        good: EmbeddedServer,
        flaw: Callable[[str, str, bytes], Response | None],
        after: Callable[[Any], Any] | None = None,
    ) -> None:
        import urllib3

        self._http = urllib3.PoolManager(retries=False)
        self._good = good
        self._flaw = flaw
        self._after = after or (lambda body: body)

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        broken = self._flaw(request.method, path, body)
        if broken is not None:
            return broken
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length", "connection")}
        answer = self._http.request(request.method, self._good.base_url + path, body=body or None, headers=headers)
        kept = {
            k: v
            for k, v in answer.headers.items()
            if k.lower() in ("content-type", "etag", "location", "www-authenticate")
        }
        data = answer.data
        if data:
            data = json.dumps(self._after(json.loads(data))).encode()
        return Response(data, answer.status, kept)


def as_function(flawed: Flawed) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return await flawed(request)

    return answer


def ignores_active(method: str, path: str, body: bytes) -> Response | None:
    return Response(status_code=204) if method == "PATCH" and b"active" in body else None


def forgets_patch(method: str, path: str, body: bytes) -> Response | None:
    return Response(status_code=204) if method == "PATCH" else None


def finds_everybody(method: str, path: str, body: bytes) -> Response | None:
    return None


def knows_no_filter(method: str, path: str, body: bytes) -> Response | None:
    return JSONResponse({"oops": 1}, 500) if "filter=" in path else None


def answers_404_to_filters(method: str, path: str, body: bytes) -> Response | None:
    return JSONResponse({"detail": "not found"}, 404) if "filter=userName" in path else None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flaw", "check"),
    [
        (ignores_active, "test_disabled_user_is_inactive"),
        (ignores_active, "test_path_less_deactivation"),
        (forgets_patch, "test_replace_sets_a_single_value"),
        (forgets_patch, "test_removal_of_one_member_keeps_the_others"),
        (knows_no_filter, "test_user_name_eq_finds_the_user"),
        (answers_404_to_filters, "test_connection_test_passes"),
        (answers_404_to_filters, "test_no_match_is_an_empty_list"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_flaw_is_found_by_its_check(
    scimulator: Command,
    serve: Serve,
    shared_server: EmbeddedServer,
    flaw: Callable[[str, str, bytes], Response | None],
    check: str,
) -> None:
    url = serve(as_function(Flawed(shared_server, flaw)))
    shown = scimulator("check", "--url", url, "--token", shared_server.token, "-k", check, "--json", "out.json")
    assert shown.returncode == 1, shown.stdout + shown.stderr
    assert "✘" in shown.stdout


@pytest.mark.slow
def test_the_same_checks_pass_through_a_proxy_without_flaw(
    scimulator: Command, serve: Serve, shared_server: EmbeddedServer
) -> None:
    url = serve(as_function(Flawed(shared_server, finds_everybody)))
    names = "test_disabled_user_is_inactive or test_path_less_deactivation or test_replace_sets_a_single_value or test_connection_test_passes"
    shown = scimulator("check", "--url", url, "--token", shared_server.token, "-k", names)
    assert shown.returncode == 0, shown.stdout


@pytest.mark.slow
def test_interrupted_run_cleans_up_and_ends_with_130(tmp_path: Path, shared_server: EmbeddedServer) -> None:
    import os
    import signal
    import time

    stream = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "scimulator", "check", "--url", shared_server.base_url, "--stream", str(stream)]
    child = subprocess.Popen(
        command,
        env={**os.environ, "SCIM_TOKEN": shared_server.token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (stream.exists() and stream.stat().st_size > 100_000):
        assert child.poll() is None
        time.sleep(0.005)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 130, out + err
    assert "Traceback" not in err
    assert "interrupted" in err
