"""A server with one flaw, for the tests of fuzzing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from reference_server.embedded import EmbeddedServer
from reference_server.process import bind
from tests.conformance.fuzz.flawed_server import Change, Flawed, Serve


@pytest.fixture
def serve(shared_server: EmbeddedServer) -> Iterator[Serve]:
    """Serve a flawed target; returns its base URL."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(change: Change) -> str:
        flawed = Flawed(shared_server, change)

        async def answer(request: Request) -> Response:
            return await flawed(request)

        app = Starlette()
        app.router.add_route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        listener = bind("127.0.0.1", 0)
        flawed.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return flawed.url

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(5)
