"""The suite's connections: one request is one send, connections are kept, and what a target sends is limited."""

from __future__ import annotations

import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from simulator.wire.body import MAX_BODY_BYTES, Unusable
from simulator.wire.connections import Connections
from simulator.wire.response_reader import MAX_HEAD_BYTES
from tests.fake_target import Drip, Whole, bomb, fake_target, http

HEAD = b"HTTP/1.1 200 OK\r\n"
SIZED = HEAD + b"content-length: 2\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n"


def test_a_response_is_returned_as_it_came_and_its_cookie_is_not_returned() -> None:
    head = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n"
    moved = Whole(head + b"Set-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nhi")
    with fake_target(lambda request: moved) as target:
        connections = Connections(30.0)
        for _ in range(2):
            reply = connections.request("GET", f"{target.url}/Users", {"X-Own": "1"})
            assert (reply.status, reply.all("set-cookie"), reply.body) == (302, "a=1, b=2", b"hi")
        sent = [line.lower() for request in target.received for line in request.headers]
    assert len(target.received) == 2
    assert not [line for line in sent if line.startswith("cookie")]


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"\r\n" + b"".join([b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 40),
        HEAD + b"content-length: 99999999999\r\n\r\n",
        http(200, bomb(400), content_encoding="deflate"),
        HEAD + b"x-long: " + b"x" * 2 * MAX_HEAD_BYTES,
        CHUNKED + b"\r\n0\r\ntrailer: " + b"x" * 40 * 0x100000,
    ],
    ids=["chunks", "declared", "bomb", "header", "trailer"],
)
def test_a_response_beyond_the_limit_is_unusable_and_takes_no_more_memory(answer: bytes) -> None:
    with fake_target(lambda request: answer) as target:
        tracemalloc.start()
        with pytest.raises(Unusable, match="more than"):
            Connections(60.0).request("GET", target.url, {})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


@pytest.mark.parametrize("head", [HEAD + b"content-length: 100000\r\n\r\n", HEAD + b"x-slow: ", HEAD + b"\r\n"])
def test_a_response_that_never_ends_is_late(head: bytes) -> None:
    with (
        fake_target(lambda request: Drip(head)) as target,
        pytest.raises(Unusable, match="no complete response within"),
    ):
        Connections(0.5).request("GET", target.url, {})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_connection_that_ends_without_a_response_is_no_reason_to_send_again(method: str) -> None:
    with fake_target(lambda request: http(200, {}) if request.path.endswith("first") else None) as target:
        connections = Connections(30.0)
        connections.request("GET", f"{target.url}/first", {})
        with pytest.raises(ConnectionError):
            connections.request(method, f"{target.url}/second", {})
        assert [request.path.rpartition("/")[2] for request in target.received] == ["first", "second"]


# ── requests ──


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/Users?filter=userName%20eq%20%22a%22", "/scim/Users?filter=userName%20eq%20%22a%22"),
        ("/Users/.search?x=1#fragment", "/scim/Users/.search?x=1"),
        ("/Users/../Groups/./a", "/scim/Groups/a"),
        ("/Users/é b%2f", "/scim/Users/%C3%A9%20b%2F"),
        ("?count=1", "/scim?count=1"),
    ],
)
def test_a_url_is_sent_in_normalized_form(place: str, expected: str) -> None:
    with fake_target(lambda request: http(200, {})) as target:
        Connections(30.0).request("GET", target.url + place, {})
    assert [request.path for request in target.received] == [expected]


@pytest.mark.parametrize(
    "headers", [{"X-Own": "a\r\nX-Other: b"}, {"X-Own\r\nX-Other": "b"}, {"": "a"}, {"X-Own": "€"}]
)
def test_a_header_that_would_become_another_is_not_sent(headers: dict[str, str]) -> None:
    with fake_target() as target:
        with pytest.raises(ValueError):
            Connections(30.0).request("GET", target.url, headers)
        assert target.received == []


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", None, None), ("DELETE", None, None), ("PUT", None, "0"), ("POST", b"{}", "2")],
)
def test_a_request_declares_its_length_and_its_host(method: str, body: bytes | None, length: str | None) -> None:
    with fake_target() as target:
        Connections(30.0).request(method, f"{target.url}/Schemas", {"accept-encoding": "gzip"}, body)
        sent = dict(line.lower().split(": ") for line in target.received[0].headers)
    assert sent.get("content-length") == length
    assert sent["host"] == target.url.split("/")[2]
    assert sent["accept-encoding"] == "gzip"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http:///Users", "/Users", "http://127.0.0.1:port/"])
def test_what_is_no_url_is_not_requested(url: str) -> None:
    with pytest.raises(ValueError):
        Connections(30.0).request("GET", url, {})


# ── connections ──


class Counting(BaseHTTPRequestHandler):
    """Answers, and remembers from which ports it was asked."""

    protocol_version = "HTTP/1.1"
    closes_silently = False
    server: CountingServer

    def do_GET(self) -> None:
        self.server.ports.add(self.client_address[1])
        body = b"hi" * 100_000 if self.path == "/long" else b"hi"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.closes_silently

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing to log."""


class CountingServer(HTTPServer):
    """One connection at a time; `closed` is released for each that the server has closed."""

    def __init__(self, handler: type[Counting]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.ports: set[int] = set()
        self.closed = threading.Semaphore(0)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is expected."""


@contextmanager
def counting(context: ssl.SSLContext | None = None, *, closes_silently: bool = False) -> Iterator[CountingServer]:
    server = CountingServer(type("Handler", (Counting,), {"closes_silently": closes_silently}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def url_of(server: CountingServer, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{server.server_address[1]}"


def test_one_connection_serves_many_requests() -> None:
    with counting() as server:
        connections = Connections(30.0)
        for number in range(10):
            place = f"{url_of(server)}/{'long' if number % 2 else ''}"
            assert len(connections.request("GET", place, {}).body) in (2, 200_000)
        assert len(server.ports) == 1
        del connections


def test_a_connection_that_the_target_has_closed_is_replaced() -> None:
    with counting(closes_silently=True) as server:
        connections = Connections(30.0)
        for _ in range(5):
            assert connections.request("GET", url_of(server), {}).body == b"hi"
            assert server.closed.acquire(timeout=60)
        assert len(server.ports) == 5


def test_bytes_after_a_response_are_not_read_as_the_next_one() -> None:
    answers = [Whole(SIZED + b"\r\nhi" + SIZED + b"\r\nno"), Whole(SIZED + b"\r\nyo")]
    with fake_target(lambda request: answers.pop(0)) as target:
        connections = Connections(30.0)
        assert [connections.request("GET", target.url, {}).body for _ in range(2)] == [b"hi", b"yo"]


def test_a_certificate_is_verified_before_anything_is_sent(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with counting(context) as server:
        place = f"{url_of(server, 'https')}/long"
        with pytest.raises(ssl.SSLCertVerificationError):
            Connections(30.0).request("GET", place, {"Authorization": "Bearer token-of-a-test"})
        assert server.ports == set()
        connections = Connections(30.0, verify_tls=False)
        assert [connections.request("GET", place, {}).status for _ in range(3)] == [200] * 3
        assert len(server.ports) == 1
        del connections


def test_no_connection_is_an_error_of_the_operating_system() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            Connections(30.0).request("GET", f"http://127.0.0.1:{taken.getsockname()[1]}/", {})


def self_signed(folder: Path) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(2))
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(secret + built.sign(key, hashes.SHA256()).public_bytes(pem))
    return file
