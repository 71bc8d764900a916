"""Targets with one fault each: a proxy in front of a real server that answers some requests in its own way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

import tests.warm_locust as warm
from reference_server.embedded import EmbeddedServer, embedded_server

# (method, path) → (status, headers, body) in place of the server's answer, None to let the request through.
Fault = Callable[[str, str], tuple[int, dict[str, str], Any] | None]


@dataclass
class FaultyTarget:
    """A server behind a fault; `seen` are the requests in order, `url` its base URL."""

    url: str
    token: str = field(repr=False)
    seen: list[tuple[str, str]] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None


MakeTarget = Callable[[Fault], FaultyTarget]


@pytest.fixture(scope="session", autouse=True)
def _warm_locust() -> Iterator[None]:
    """Locust that the tests themselves start is forked from a process that has imported it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loadtests.run.locust_process.subprocess", warm.stand_in(lambda: warm.warm_locust().path))
        yield


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A server of its own: a load run counts everything that a target holds."""
    with embedded_server() as started:
        yield started


@pytest.fixture
def behind(server: EmbeddedServer) -> Iterator[MakeTarget]:
    """Puts a fault in front of `server`."""
    with ExitStack() as stack:
        yield lambda fault: stack.enter_context(_faulty(server, fault))


@contextmanager
def _faulty(server: EmbeddedServer, fault: Fault) -> Iterator[FaultyTarget]:
    pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=600)
    origin, _, base_path = server.base_url.partition("/scim/")
    target = FaultyTarget("", server.token)

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body in one packet

        def _answer(self) -> None:
            path = self.path.removeprefix("/scim/" + base_path)
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            target.seen.append((self.command, path))
            instead = fault(self.command, path)
            if instead is None:
                headers = {k: v for k, v in self.headers.items() if k.lower() in ("authorization", "content-type")}
                reply = pool.request(self.command, origin + self.path, body=body, headers=headers, redirect=False)
                self._send(reply.status, {}, reply.data)
            else:
                status, extra, value = instead
                self._send(status, extra, value if isinstance(value, bytes) else json.dumps(value).encode())

        def _send(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/scim+json"}.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if status != 204:
                self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: pytest's output is for findings."""

    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # of a full queue, TCP tries again only after a second

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is part of some tests."""

    listener = Listener(("127.0.0.1", 0), Proxy)
    target.url = f"http://127.0.0.1:{listener.server_port}/scim/{base_path}"
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield target
    finally:
        listener.shutdown()
        listener.server_close()
        pool.clear()
