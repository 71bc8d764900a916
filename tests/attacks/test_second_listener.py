"""A target that names a second listener everywhere: no tool sends it the token, a header of the run, a cookie, or anything.

Locations, references, Bulk results, endpoints of resource types, redirects, and the OAuth token endpoint name it, as do the
URLs of a tape. Every tool runs against the same proxy, which changes the answers of a real server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.requirements.profiles import PROFILES
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.attacks.forwarding import Forwarding
from tests.fake_target import Answer, FakeTarget, Received, fake_target, http
from tests.warm_process import run_command

TOKEN_ENDPOINT = "/scim/oauth/token"
# Checks of every profile that follow what a target names, and some that do not.
FOLLOWING = "location or reference or bulk_creates or address or schemas_say or me_ or endpoint or tls or cookie"


class TwoFaced:
    """Changes a server's answers, so that they name the second listener wherever they named the server."""

    def __init__(self, server: EmbeddedServer, second: FakeTarget) -> None:
        self._second = second
        self._forwarding = Forwarding(server, TOKEN)
        self.origin = server.base_url.partition("/scim")[0]
        self.cookies = 0

    def __call__(self, request: Received) -> Answer:
        self.cookies += any(line.lower().startswith("cookie:") for line in request.headers)
        path = request.path.removeprefix("/scim")
        second = self._second.url.removesuffix("/scim")
        if path.partition("?")[0] == "/Me" or request.path == TOKEN_ENDPOINT:
            return http(308, None, location=f"{self._second.url}{path}")
        answer = self._forwarding.answer(request)
        body = answer.data.replace(self.origin.encode(), second.encode())
        if path.startswith("/ResourceTypes") and answer.status == 200:
            body = body.replace(b'"endpoint":"/', f'"endpoint":"{self._second.url}/'.encode())
        kept = {"set_cookie": "session=stolen; Path=/", "content_location": f"{self._second.url}{path}"}
        if location := answer.headers.get("location"):
            kept["location"] = location.replace(self.origin, second)
        return http(answer.status, body, answer.headers.get("content-type", "application/scim+json"), **kept)


TOKEN = "token-that-must-stay-7f3a"
HEADER = "custom-header-that-must-stay"


@pytest.fixture(scope="module")
def second() -> Iterator[FakeTarget]:
    with fake_target(lambda request: http(200, {})) as listener:
        yield listener


@pytest.fixture(scope="module")
def target(second: FakeTarget) -> Iterator[FakeTarget]:
    with embedded_server() as server:
        proxy = TwoFaced(server, second)
        with fake_target(proxy) as listener:
            yield listener
        assert proxy.cookies == 0


def credentials(folder: Path, target: FakeTarget) -> str:
    path = folder / "credentials.yaml"
    url = target.url.removesuffix("/scim") + TOKEN_ENDPOINT
    path.write_text(f"token_endpoint: {url}\nclient_id: one\nclient_secret: {TOKEN}\n")
    return str(path)


def tape(folder: Path, base: str, *urls: str) -> str:
    """A recording of GET requests, in the form of a run's stream."""
    exchange = {
        "event": "exchange",
        "number": 1,
        "method": "GET",
        "request_headers": {},
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
    lines = [{"event": "tape", "format": 1, "base_url": base}, *({**exchange, "url": url} for url in urls)]
    path = folder / "stolen.tape"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.mark.parametrize(
    "selection",
    [
        pytest.param(("--no-fuzz", "-k", FOLLOWING), id="following"),
        pytest.param(("--examples", "10"), id="everything", marks=pytest.mark.full),
    ],
)
def test_check_sends_nothing_there_and_reports_it(
    target: FakeTarget, second: FakeTarget, tmp_path: Path, selection: tuple[str, ...]
) -> None:
    report = tmp_path / "check.json"
    profiles = [word for name in PROFILES for word in ("--profile", name)]
    found = run_command(
        *("check", "--url", target.url, "--token", TOKEN, "--header", f"X-Own: {HEADER}", "--json", str(report)),
        *(*profiles, *selection),
        cwd=tmp_path,
    )
    assert found.returncode == 1, found.stdout + found.stderr
    assert second.received == []
    told = [check for check in json.loads(report.read_text())["checks"] if "another origin" in check["message"]]
    assert {check["verdict"] for check in told} >= {"FAIL"}
    assert all("the request was not sent" in check["message"] for check in told if check["verdict"] == "FAIL")


@pytest.mark.parametrize("idp", ["entra", "okta"])
def test_simulate_sends_nothing_there(target: FakeTarget, second: FakeTarget, tmp_path: Path, idp: str) -> None:
    where = ("--url", target.url, "--token", TOKEN, "--idp", idp)
    found = run_command("simulate", "leaver", "--days", "1", *where, cwd=tmp_path)
    assert found.returncode in (0, 1), found.stdout + found.stderr
    assert second.received == []


def test_provision_sends_nothing_there(target: FakeTarget, second: FakeTarget, tmp_path: Path) -> None:
    found = run_command("provision", "3", "--url", target.url, "--token", TOKEN, cwd=tmp_path)
    assert found.returncode in (0, 1), found.stdout + found.stderr
    assert second.received == []


@pytest.mark.parametrize(
    "command", [("check", "--no-fuzz"), ("simulate", "leaver", "--days", "1")], ids=lambda words: words[0]
)
def test_a_redirected_token_request_takes_no_secret_along(
    target: FakeTarget, second: FakeTarget, tmp_path: Path, command: tuple[str, ...]
) -> None:
    secrets = credentials(tmp_path, target)
    found = run_command(*command, "--url", target.url, "--credentials", secrets, cwd=tmp_path)
    assert found.returncode in (1, 3), found.stdout + found.stderr
    assert second.received == []


def test_a_tape_cannot_choose_who_receives_the_token(target: FakeTarget, second: FakeTarget, tmp_path: Path) -> None:
    """The base URL is one that the URLs merely begin with, as in http://localhost and http://localhost.attacker.example."""
    port = second.url.removesuffix("/scim").rpartition(":")[2]
    before = len(target.received)
    for number, (base, url) in enumerate(
        [
            ("http://127.0.0.1", f"http://127.0.0.1:{port}/scim/Users"),
            ("", f"{second.url}/Users"),
            ("http://127.0.0.1", f"http://127.0.0.1@127.0.0.1:{port}/Users"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        where = ("--url", target.url.removesuffix("/scim"), "--token", TOKEN)
        found = run_command("replay", tape(folder, base, url), *where, cwd=folder)
        assert (found.returncode, len(found.stderr.splitlines())) == (2, 1), found.stdout + found.stderr
    assert (second.received, len(target.received)) == ([], before)


def test_replay_sends_what_lies_below_the_base_and_reports_the_rest(
    target: FakeTarget, second: FakeTarget, tmp_path: Path
) -> None:
    stolen = tape(tmp_path, "https://recorded.example/v2", "https://recorded.example/v2/Nothing", f"{second.url}/Users")
    found = run_command("replay", stolen, "--url", target.url, "--token", TOKEN, cwd=tmp_path)
    assert found.returncode == 1, found.stderr
    assert "1 recorded request was not sent" in found.stdout
    assert target.received[-1].path == "/scim/Nothing"
    assert second.received == []


@pytest.mark.slow
def test_load_sends_nothing_there(target: FakeTarget, second: FakeTarget, tmp_path: Path) -> None:
    before = len(target.received)
    found = run_command(
        *("load", "--url", target.url, "--token", TOKEN, "--users", "5", "--cleanup"), cwd=tmp_path, timeout=300
    )
    assert found.returncode in (0, 1), found.stdout + found.stderr  # 1: the runs before left people of the same company
    assert len(target.received) > before + 10
    assert second.received == []
