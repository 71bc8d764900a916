"""A run as a whole: what it touches, what it leaves behind, how it bears slow, throttling, flapping and dying targets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from conformance.client import Client
from conformance.collect import collect
from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.judge import carry_out, check_event
from conformance.session import MARKER, Plan
from conformance.target import discover
from reference_server.embedded import EmbeddedServer, embedded_server, restartable_server
from simulator.wire.stream import read_stream
from tests.support import Command, Scim
from tests.warm_process import run_command, start_command

Between = Callable[[Request, Server], Reply]
Events = list[dict[str, Any]]
SOME = "test_3_3 or test_3_6 or test_3_5_2_1"


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    with embedded_server() as server:
        yield server


@pytest.fixture
def through(own_server: EmbeddedServer) -> Iterator[Callable[[Between], str]]:
    """The server's base URL as seen through a function between client and server."""
    with defect_proxy(own_server.base_url) as proxy:
        yield lambda between: proxy.add("between", between)


def of(events: Events, kind: str) -> Events:
    return [event for event in events if event["event"] == kind]


def verdicts(events: Events) -> dict[str, str]:
    return {event["id"]: event["verdict"] for event in of(events, "check")}


def run(url: str, token: str, folder: Path, *options: str) -> tuple[int, Events, str]:
    """`scimulator check` against a URL: exit code, events, what it printed."""
    stream = folder / "run.jsonl"
    arguments = ["check", "--url", url, "--no-fuzz", "--stream", str(stream), *options]
    done = run_command(*arguments, env={**os.environ, "SCIM_TOKEN": token}, cwd=folder)
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    events = list(read_stream(stream)) if stream.is_file() and done.returncode != 2 else []
    return done.returncode, events, done.stdout + done.stderr


def marked(server: EmbeddedServer) -> list[str]:
    """What still bears the suite's marker."""
    scim = Scim(server)
    found = []
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName")):
        listed = scim.get(f"{endpoint}?filter={name}+sw+%22{MARKER}%22&count=500").json
        found += [item[name] for item in listed["Resources"]]
    return found


@pytest.mark.slow
def test_read_only_run_sends_no_write(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """reliability.md H1, seen by what stands between."""
    seen: set[tuple[str, str]] = set()

    def record(request: Request, server: Server) -> Reply:
        seen.add((request.method, request.path.rpartition("/")[2]))
        return server(request)

    code, events, _ = run(through(record), own_server.token, tmp_path, "--read-only")
    assert {method for method, _ in seen} <= {"GET", "HEAD", "OPTIONS", "POST"}
    assert {end for method, end in seen if method == "POST"} <= {".search"}
    told = list(verdicts(events).values())
    assert code == 0
    assert told.count("PASS") > 60
    assert told.count("NOT OFFERED") > 100


@pytest.mark.slow
def test_nobody_elses_resources_are_touched(own_server: EmbeddedServer, tmp_path: Path) -> None:
    scim = Scim(own_server)
    users = [scim.user(displayName=f"Foreign {n}", active=n % 3 > 0) for n in range(120)]
    scim.group(*(user["id"] for user in users[:50]))
    before = [scim.get(f"{place}?count=500").json["Resources"] for place in ("/Users", "/Groups")]
    code, events, _ = run(own_server.base_url, own_server.token, tmp_path)
    after = [scim.get(f"{place}?count=500").json["Resources"] for place in ("/Users", "/Groups")]
    assert code == 0
    assert after == before
    assert of(events, "cleanup") == [{"event": "cleanup", "left": []}]


@pytest.mark.slow
@pytest.mark.parametrize("after", [30, 150, 700])
def test_interrupted_run_cleans_up(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path, after: int
) -> None:
    """Ctrl-C after so many requests: exit 130, and nothing is left."""
    count = 0
    reached = threading.Event()

    def counted(request: Request, server: Server) -> Reply:
        nonlocal count
        count += 1
        if count >= after:
            reached.set()
        return server(request)

    stream = tmp_path / "run.jsonl"
    arguments = ["check", "--url", through(counted), "--no-fuzz", "--stream", str(stream)]
    process = start_command(*arguments, env={**os.environ, "SCIM_TOKEN": own_server.token}, cwd=tmp_path)
    assert reached.wait(300)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in errors) == (130, False), errors
    assert marked(own_server) == []
    assert list(read_stream(stream))[-1]["exit_code"] == 130


@pytest.mark.slow
def test_target_that_dies_ends_the_run_and_is_never_green(tmp_path: Path) -> None:
    with restartable_server() as running:
        server = running.server
        count = 0

        def until(request: Request, upstream: Server) -> Reply:
            nonlocal count
            count += 1
            if count == 200:
                running.kill()
            return upstream(request)

        with defect_proxy(server.base_url) as proxy:
            code, _, _ = run(proxy.add("dying", until), server.token, tmp_path)
        # The proxy answers 500 for a dead server; straight at the server nothing answers at all.
        assert code == 1
        running.start(None)
        running.kill()
        code, _, shown = run(server.base_url, server.token, tmp_path, "--timeout", "2")
    assert code == 3
    assert "no answer" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "options"),
    [(150, ("-k", "test_3_3 or test_3_5_2_1")), pytest.param(400, (), id="whole", marks=pytest.mark.full)],
)
def test_target_that_falls_silent_is_told_with_what_it_keeps(
    tmp_path: Path, after: int, options: tuple[str, ...]
) -> None:
    """Every connection is cut after a while: undecided, exit 1, leftovers listed."""
    faults = tmp_path / "cut.yaml"
    faults.write_text(f"faults:\n  - when: {{probability: 1.0, after: {after}}}\n    do: {{cut: before}}\n")
    with embedded_server(arguments=["--faults", str(faults)]) as server:
        code, events, shown = run(server.base_url, server.token, tmp_path, *options)
    assert code == 1
    told = verdicts(events)
    assert "UNDECIDED" in told.values()
    assert [id_ for id_, verdict in told.items() if verdict == "FAIL"] == []
    assert of(events, "cleanup")[0]["left"]
    assert of(events, "cleanup")[0]["left"][0] in shown


@pytest.mark.slow
def test_delete_that_fails_is_told_with_its_url(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def undeletable(request: Request, server: Server) -> Reply:
        return Reply.error(500) if request.method == "DELETE" else server(request)

    url = through(undeletable)
    code, events, shown = run(url, own_server.token, tmp_path, "-k", "test_add_appends")
    (cleanup,) = of(events, "cleanup")
    assert code == 1
    assert len(cleanup["left"]) >= 3
    assert all(place.startswith(url + "/") for place in cleanup["left"])
    assert cleanup["left"][0] in shown


FAULTS = {
    "throttled": "faults:\n  - when: {every: 9}\n    do: {status: 429, retry_after_s: 0}\n",
    "resets": "faults:\n  - when: {probability: 0.01}\n    do: {cut: before}\n",
    "lost replies": "faults:\n  - when: {method: POST, probability: 0.05}\n    do: {lose_reply: true}\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("weather", list(FAULTS))
def test_bad_weather_changes_no_verdict(weather: str, own_server: EmbeddedServer, tmp_path: Path) -> None:
    """reliability.md T4: waited for, sent again, run again; told in the report, and nothing is left behind."""
    calm = verdicts(run(own_server.base_url, own_server.token, tmp_path, "-k", SOME)[1])
    faults = tmp_path / "faults.yaml"
    faults.write_text("seed: 11\nmax_consecutive: 2\n" + FAULTS[weather])
    with embedded_server(arguments=["--faults", str(faults)]) as server:
        code, events, _ = run(server.base_url, server.token, tmp_path, "-k", SOME)
        left = marked(server)
    (told,) = of(events, "weather")
    assert verdicts(events) == calm
    assert code == 0
    assert told["throttled" if weather == "throttled" else "no_answers"] > 0
    assert left == []


@pytest.mark.slow
def test_threads_change_no_verdict_and_no_name(own_server: EmbeddedServer, tmp_path: Path) -> None:
    runs = [run(own_server.base_url, own_server.token, tmp_path, "--parallel", n, "-k", SOME)[1] for n in ("1", "8")]
    assert verdicts(runs[0]) == verdicts(runs[1])

    def names(events: Events) -> set[str]:
        """The userNames that were sent, without the run's own mark."""
        posted = (json.loads(e["request_body"] or "{}") for e in of(events, "exchange") if e["method"] == "POST")
        made = [body.get("userName") for body in posted if isinstance(body, dict)]
        return {name.split("-", 3)[3] for name in made if isinstance(name, str) and name.startswith(MARKER)}

    assert names(runs[0]) == names(runs[1])


def test_only_the_named_resource_type_is_judged(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """--resource-type Group: what needs users is not offered."""
    options = ("--resource-type", "Group", "-k", "test_3_5_2_patch or test_4_2")
    code, events, _ = run(own_server.base_url, own_server.token, tmp_path, *options)
    paths = {
        e["url"].removeprefix(own_server.base_url).split("/")[1].partition("?")[0] for e in of(events, "exchange")[8:]
    }
    assert "Users" not in paths
    assert code in (0, 2)


def test_headers_go_with_every_request(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    seen: list[str] = []

    def record(request: Request, server: Server) -> Reply:
        seen.append(request.headers.get("x-tenant", ""))
        return server(request)

    code, _, _ = run(through(record), own_server.token, tmp_path, "--header", "X-Tenant: north", "-k", "test_3_6")
    assert (code, set(seen)) == (0, {"north"})


class TokenEndpoint:
    """OAuth's token endpoint on a real socket: gives the server's token to who knows the secret; short-lived ones first."""

    def __init__(self, tokens: list[str]) -> None:
        endpoint = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint.asked.append(self.headers.get("authorization", ""))
                token = tokens.pop(0) if len(tokens) > 1 else tokens[0]
                body = json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 3600}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_token_comes_from_oauth_and_is_renewed(
    own_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--oauth-url, --oauth-client and the secret in the environment; a token that is refused is renewed."""
    monkeypatch.setenv("SCIM_CLIENT_SECRET", "a-secret-of-the-client")
    endpoint = TokenEndpoint(["outdated-token", own_server.token])
    options = ("--oauth-url", endpoint.url, "--oauth-client", "checker", "-k", "test_3_6")
    code, _, shown = run(own_server.base_url, "", tmp_path, *options)
    endpoint.server.shutdown()
    endpoint.server.server_close()
    assert code == 0, shown
    assert len(endpoint.asked) == 2
    everything = shown + (tmp_path / "run.jsonl").read_text()
    assert own_server.token not in everything
    assert "a-secret-of-the-client" not in everything


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--header", "no colon here"), 2, "--header: expected"),
        (("--oauth-client", "x"), 2, "--oauth-url: is missing"),
        (("--oauth-url", "http://127.0.0.1:9/", "--oauth-client", "x"), 2, "SCIM_CLIENT_SECRET"),
        (("--level", "may"), 2, "--level: expected one of must, should"),
        (("--fail-on", "new"), 2, "needs --baseline"),
        (("--baseline", "missing.jsonl"), 2, "missing.jsonl"),
        (("--failed",), 2, "no earlier run"),
        (("--config", "missing.toml"), 2, "missing.toml"),
        (("-k", "no_such_check_at_all"), 2, "no check fits"),
        (("--profile", "nonsense"), 2, "--profile: expected one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_options_get_one_line(
    own_server: EmbeddedServer, tmp_path: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    found, _, shown = run(own_server.base_url, "t" if "-k" not in options else own_server.token, tmp_path, *options)
    assert found == code, shown
    assert words in shown
    assert "Traceback" not in shown


@pytest.mark.slow
def test_failed_checks_run_again_alone(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """--failed: only what did not pass last time, and nothing once it is mended."""
    broken = True

    def flaky(request: Request, server: Server) -> Reply:
        deleted = broken and request.method == "GET" and "deleted" in server.memory and request.path in server.memory
        if request.method == "DELETE":
            server.memory |= {"deleted": True, request.path: True}
        return Reply.error(410) if deleted else server(request)

    url = through(flaky)
    code, events, _ = run(url, own_server.token, tmp_path, "-k", "test_3_6")
    bad = {id_ for id_, verdict in verdicts(events).items() if verdict != "PASS"}
    assert (code, bool(bad)) == (1, True)
    broken = False
    code, events, _ = run(url, own_server.token, tmp_path, "--failed")
    assert (code, set(verdicts(events))) == (0, bad)
    assert run(url, own_server.token, tmp_path, "--failed")[0] == 2


@pytest.mark.slow
def test_should_counts_when_asked(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """A WARN never fails a run, unless --level should."""

    def plain(request: Request, server: Server) -> Reply:
        reply = server(request)
        return reply.with_header("content-type", "application/json") if reply.headers.get("content-type") else reply

    url = through(plain)
    codes = [
        run(url, own_server.token, tmp_path, "-k", "test_3_8 or media", *level)[0]
        for level in ((), ("--level", "should"))
    ]
    assert codes == [0, 1]


def test_what_is_not_offered_alone_is_no_green_run(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def without_bulk(request: Request, server: Server) -> Reply:
        reply = server(request)
        if request.path != "/ServiceProviderConfig":
            return reply
        return reply.with_json({**reply.json, "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}})

    code, events, shown = run(through(without_bulk), own_server.token, tmp_path, "-k", "test_bulk_creates")
    assert set(verdicts(events).values()) <= {"NOT OFFERED"}
    assert code == 2
    assert "nothing" in shown.lower()


def test_exception_in_a_check_is_undecided_with_its_traceback(own_server: EmbeddedServer) -> None:
    """reliability.md T10: the harness dies, it does not lie."""
    client = Client(own_server.base_url, own_server.token)
    target = discover(client)
    check = collect(["rfc"], "test_add_sets_a_single_value", target=target)[0]

    def crash(**_: object) -> None:
        raise ZeroDivisionError("oops")

    object.__setattr__(check, "call", crash)
    event = check_event(check, carry_out(check, client, target, Plan("crash")))
    assert event["verdict"] == "UNDECIDED"
    assert "ZeroDivisionError" in event["message"]
    assert "Traceback" in event["traceback"]


def test_suite_runs_under_pytest_itself(own_server: EmbeddedServer, tmp_path: Path) -> None:
    """pytest --pyargs conformance --scim-url …"""
    command = [sys.executable, "-m", "pytest", "--pyargs", "conformance", "-p", "no:cacheprovider", "-q", "-k", SOME]
    command += ["--scim-url", own_server.base_url, "--scim-token", own_server.token, "--import-mode=importlib"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert marked(own_server) == []


def test_defect_is_served_live_and_found(scimulator: Command, tmp_path: Path) -> None:
    """`scimulator defect NAME`: the printed command finds it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scimulator", "defect", "patch-active-noop-200", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    told: dict[str, str] = {}
    for line in process.stdout:
        for name in ("base URL", "token"):
            if line.strip().startswith(name):
                told[name] = line.split()[-1]
        if "Ctrl-C" in line:
            break
    code, events, _ = run(told["base URL"], told["token"], tmp_path, "-k", "test_replace_switches_active_off_and_on")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 130
    assert (code, set(verdicts(events).values())) == (1, {"FAIL"})
