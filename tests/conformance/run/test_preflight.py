"""Preflight: a target that is not a SCIM server, a wrong base URL, and a wrong token stop the run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from conformance.run.preflight import run_preflight
from conformance.target.client import Client
from conformance.target.discovery import CONFIG_URN
from reference_server.embedded import EmbeddedServer
from reference_server.process import bind
from tests.fake_target import fake_target
from tests.support import Command

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


def test_base_url_one_level_off_is_reported(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url + "/Users", "--token", shared_server.token)
    assert shown.returncode == 3
    assert f"Use --url {shared_server.base_url}" in shown.stderr


def test_wrong_token_is_reported(scimulator: Command, shared_server: EmbeddedServer) -> None:
    shown = scimulator("check", "--url", shared_server.base_url, "--token", "wrong")
    assert shown.returncode == 3
    assert "rejects the token (401)" in shown.stderr


TWO_LENGTHS = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}"
NOT_HTTP = "{url}: the response is not valid HTTP: several Content-Length headers (RFC 9112 section 6.3)"


@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        ("/ServiceProviderConfig", TWO_LENGTHS, f"GET {NOT_HTTP}"),
        ("/ServiceProviderConfig", None, "no response: "),
        ("/Users", TWO_LENGTHS, f"GET {NOT_HTTP}"),
        ("/Users", None, "no response: "),
    ],
)
def test_a_probe_without_a_usable_response_is_the_last_one(place: str, answer: bytes | None, told: str) -> None:
    config = {"schemas": [CONFIG_URN]}
    with fake_target(lambda request: answer if place in request.path else (200, config)) as target:
        *_, last = run_preflight(Client(target.url, "token"))
    assert not last.ok
    assert last.fatal
    assert last.sentence.startswith(told.partition("{url}")[0])
    assert told.partition("{url}")[2] in last.sentence
