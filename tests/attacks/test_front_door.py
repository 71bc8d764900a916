"""Attacks on the front door, most of them without a token: endless, malformed, ambiguous, and slow requests."""

from __future__ import annotations

import json
import re
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from reference_server.lifeline import start_guarded
from tests.support import NUMBERS, ROOT, USER

TOKEN = "a token of thirty characters or more"
SERVE = """
import sys
from reference_server.run import run
from reference_server.settings import Limits, Settings
limits = Limits(**eval(sys.argv[3]))
run(Settings(data=sys.argv[1], port=0, token=sys.argv[2], max_connections=20, limits=limits))
"""
ENDLESS = 64  # times 64 KiB are sent if the server does not object
ROOM_KIB = 49_152  # what all attacks of this file may add to the server's memory


class Server:
    """A server process, and raw connections to it."""

    def __init__(self, base_url: str, pid: int) -> None:
        where = urlsplit(base_url)
        self.base = where.path
        self.address = (where.hostname or "", where.port or 0)
        self._status = Path(f"/proc/{pid}/status")

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=300)

    def head(self, *lines: str, path: str = "/Users", method: str = "POST", token: str = TOKEN) -> bytes:
        given = [f"Authorization: Bearer {token}"] if token else []
        return "\r\n".join([f"{method} {self.base}{path} HTTP/1.1", "Host: x", *given, *lines, "", ""]).encode()

    def responses(self, *pieces: bytes) -> bytes:
        """All that the server responds to these pieces on one connection, until it closes."""
        with self.connect() as wire:
            for piece in pieces:
                wire.sendall(piece)
            return read_all(wire)

    def most_memory(self) -> int:
        """The most memory that the process has had so far, in KiB."""
        return int(re.findall(r"VmHWM:\s+(\d+)", self._status.read_text())[0])


@contextmanager
def serving(folder: Path, **limits: int) -> Iterator[Server]:
    command = [sys.executable, "-u", "-c", SERVE, str(folder), TOKEN, repr(limits)]
    with start_guarded(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        try:
            assert process.stdout
            yield Server(next(line.split()[-1] for line in process.stdout if "SCIM base URL" in line), process.pid)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Small in bytes, patient in time."""
    with serving(tmp_path_factory.mktemp("door"), max_head_bytes=8_000, max_url_bytes=4_000, max_headers=20) as found:
        yield found


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"max_head_seconds": 1, "max_body_seconds": 1, "max_idle_seconds": 1, "max_unread_seconds": 1}
    with serving(tmp_path_factory.mktemp("impatient"), **limits) as found:
        yield found


def read_all(wire: socket.socket) -> bytes:
    received = b""
    try:
        while data := wire.recv(65_536):
            received += data
    except ConnectionResetError:
        pass
    return received


def send_forever(wire: socket.socket, data: bytes) -> NoReturn:
    while True:
        wire.sendall(data)


def statuses(responses: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", responses)]


def scim_error(response: bytes) -> int:
    """The status of the only response, which must be a SCIM error."""
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"content-type: application/scim+json" in head
    assert len(statuses(response)) == 1, response
    assert json.loads(body)["status"] == str(statuses(response)[0])
    return statuses(response)[0]


def a_user() -> bytes:
    return json.dumps({"schemas": [USER], "userName": f"door{next(NUMBERS)}"}).encode()


# ── too much ──

CHUNKED = "Transfer-Encoding: chunked"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("begin", "endless", "status"),
    [
        ("GET / HTTP/1.1\r\nHost: x\r\nX: ", "a", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n", "a: b\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n", "a", 431),
        ("GET /", "a", 414),
        ("", "A", 414),
        ("", "\r\n", 400),
        ("", "a", 400),
        (f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{CHUNKED}\r\n\r\n2;", "a", 413),
        (
            f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{CHUNKED}\r\n\r\n0\r\nX: ",
            "a",
            413,
        ),
        (
            f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{CHUNKED}\r\n\r\n0\r\n",
            "a: b\r\n",
            413,
        ),
        (
            f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{CHUNKED}\r\n\r\n",
            "1;aaaaaaaaaa\r\na\r\n",
            413,
        ),
        (f"POST BASE/Users HTTP/1.1\r\nHost: x\r\n{CHUNKED}\r\n\r\n", "9\r\n{{{{{{{{{\r\n", 401),
        ("POST BASE/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", "a", 401),
        (f"POST /admin/sign-in HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 999999999\r\n\r\n", "a", 413),
        (f"POST /admin/sign-in HTTP/1.1\r\nHost: x\r\n{FORM}\r\n{CHUNKED}\r\n\r\n", "9\r\naaaaaaaaa\r\n", 413),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 307),
    ],
    ids=lambda value: None if isinstance(value, int) else value[-14:],
)
def test_what_is_endless_is_rejected_while_it_comes(server: Server, begin: str, endless: str, status: int) -> None:
    """The response comes although the request never ends, and the server keeps little of it."""
    before = server.most_memory()
    piece = (endless * 65_536)[: 65_536 // len(endless) * len(endless)].encode()
    with server.connect() as wire:
        wire.sendall(begin.replace("BASE", server.base).encode())
        for _ in range(ENDLESS):
            if select.select([wire], [], [], 0)[0]:
                break
            wire.sendall(piece)
        response = wire.recv(65_536)
    assert statuses(response)[0] == status
    assert server.most_memory() - before < ROOM_KIB


def test_a_head_within_the_limits_is_accepted_in_any_pieces(server: Server) -> None:
    request = server.head(f"X: {'a' * 4_000}", method="GET", path=f"/Users?x={'a' * 3_000}")
    with server.connect() as wire:
        for at in range(0, len(request), 701):
            wire.sendall(request[at : at + 701])
        assert b"200 OK" in wire.recv(65_536)


def test_thousands_of_pipelined_requests_are_answered_in_order(server: Server) -> None:
    """One after the other: none is parsed before its turn."""
    number = 5_000
    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % at for at in range(number - 1))
    before = server.most_memory()
    with server.connect() as wire:
        wire.setblocking(False)
        unsent = requests + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        received = b""
        while True:
            readable, writable, _ = select.select([wire], [wire] if unsent else [], [], 300)
            if writable:
                unsent = unsent[wire.send(unsent) :]
            if readable:
                data = wire.recv(65_536)
                if not data:
                    break
                received += data
    assert statuses(received) == [404] * (number - 1) + [307]
    assert server.most_memory() - before < ROOM_KIB


# ── ambiguous or malformed ──


@pytest.mark.parametrize(
    "head",
    [
        "GET /x HTTP/1.1",
        "GET /x HTTP/1.1\nHost: a\nHost: b",
        "GET /x HTTP/1.1\nHost: a\nX: y\nHost: a",
        "GET /x HTTP/1.1\nHost:",
        "GET /x HTTP/1.1\nHost: a b",
        "GET /x HTTP/1.1\nHost: a/b",
        "GET /x HTTP/1.1\nHost: user@a",
        "GET /x HTTP/1.1\nHost: a, b",
        "GET /x HTTP/1.1\nHost: a:65536",
        "GET /x HTTP/1.1\nHost: <script>",
        "GET /x HTTP/1.0\nHost: a\nHost: b",
        "GET http:///x HTTP/1.1\nHost: a",
        "GET http://u@a/x HTTP/1.1\nHost: a",
        "GET /x HTTP/2.0\nHost: a",
        "GET /x HTTP/0.9\nHost: a",
        "GET /x",
        "PRI * HTTP/2.0",
        "CONNECT a:443 HTTP/1.1\nHost: a",
        "GET x HTTP/1.1\nHost: a",
        "GET /x y HTTP/1.1\nHost: a",
        "get /x HTTP/1.1\nHost: a",
        "GET /x HTTP/1.1\n Host: a\nHost: b",
        "GET /x HTTP/1.1\nHost: a\nX: b\n c",
        "GET /x HTTP/1.1\nHost: a\nX : b",
        "GET /x HTTP/1.1\nHost: a\n: b",
        "GET /x HTTP/1.1\nHost: a\nX: b\0",
        "GET /x HTTP/1.1\nHost: a\rX: b",
        "POST /x HTTP/1.1\nHost: a\nUpgrade: h2c\n Transfer-Encoding: chunked",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 4",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 1",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 1, 1",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: +1",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: -1",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 0x1",
        "POST /x HTTP/1.1\nHost: a\nContent-Length: 99999999999999999999",
        "POST /x HTTP/1.1\nHost: a\nContent-Length:",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: gzip",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, chunked",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: identity",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding: xchunked",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding : chunked",
        "POST /x HTTP/1.1\nHost: a\nTransfer-Encoding:\n chunked",
        "POST /x HTTP/1.0\nHost: a\nTransfer-Encoding: chunked",
    ],
)
def test_a_request_that_two_servers_could_read_differently_is_rejected(server: Server, head: str) -> None:
    """Whatever follows it is not read as another request."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    response = server.responses(head.replace("\n", "\r\n").encode() + b"\r\n\r\n", b"0\r\n\r\n", smuggled)
    assert scim_error(response) == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /x HTTP/1.1\nHost: a\n\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\n\n",
        bytes.fromhex("16030100c8010000c40303") + bytes(40),  # TLS
        b"\0",
    ],
)
def test_what_never_becomes_a_request_is_rejected_at_once(server: Server, raw: bytes) -> None:
    assert scim_error(server.responses(raw)) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"FFFFFFFFFFFFFFFFF\r\na",
        b"-1\r\na\r\n",
        b"0x1\r\na\r\n",
        b"1\na\n0\n\n",
        b"1\r\naXX0\r\n\r\n",
        b"1 \r\na\r\n",
        b"1;\nx\r\na",
    ],
)
def test_chunks_that_are_malformed_are_rejected(server: Server, body: bytes) -> None:
    assert scim_error(server.responses(server.head(CHUNKED), body)) == 400


@pytest.mark.parametrize(
    "head",
    [
        "GET /admin/sign-in HTTP/1.1\nHost: a",
        "\n\nGET /admin/sign-in HTTP/1.1\nHost: a",
        "GET /admin/sign-in HTTP/1.1\nHost: [::1]:8080",
        "GET /admin/sign-in HTTP/1.1\nhOST:   münchen:1".replace("ü", "%C3%BC"),
        "GET /admin/sign-in HTTP/1.0",
        "GET http://a/admin/sign-in HTTP/1.1\nHost: b",
        "HEAD /admin/sign-in HTTP/1.1\nHost: a",
        "GET /admin/sign-in HTTP/1.1\nHost: a\nUpgrade-Insecure-Requests: 1",
        "GET /admin/sign-in HTTP/1.1\nHost: a\nConnection: upgrade\nUpgrade: websocket",
    ],
)
def test_unusual_requests_are_served(server: Server, head: str) -> None:
    request = head.replace("\n", "\r\n").encode() + b"\r\nConnection: close\r\n\r\n"
    assert statuses(server.responses(request)) == [200]


def test_the_host_of_an_absolute_target_counts(server: Server) -> None:
    response = server.responses(b"GET http://a HTTP/1.1\r\nHost: b/c\r\nConnection: close\r\n\r\n")
    assert statuses(response) == [307]
    assert b"//b/c" not in response


@pytest.mark.parametrize("upgrade", ["websocket", "h2c", "TLS/1.0", "h2c, websocket"])
@pytest.mark.parametrize("parts", [1, 2])
def test_a_post_that_offers_an_upgrade_is_served_as_http(server: Server, upgrade: str, parts: int) -> None:
    """Java's HttpClient and Spring's RestClient offer h2c with every request and send the body separately."""
    body = a_user()
    head = server.head(
        "Connection: Upgrade, HTTP2-Settings",
        f"Content-Length: {len(body)}",
        "HTTP2-Settings: AAEAAEAA",
        f"Upgrade: {upgrade}",
    )
    following = server.head("Connection: close", method="GET", path="/ServiceProviderConfig")
    pieces = [head + body + following] if parts == 1 else [head, body, following]
    assert statuses(server.responses(*pieces)) == [201, 200]


def test_the_body_of_an_upgrade_is_not_a_request(server: Server) -> None:
    """The second segment is the body, even if it looks like a request (uvicorn issue 2722)."""
    body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = server.head("Connection: close, upgrade", "Upgrade: h2c", f"Content-Length: {len(body)}")
    assert statuses(server.responses(head, body)) == [400]


def test_a_trailer_is_not_a_header(server: Server) -> None:
    """Not even if it comes in one piece with the head."""
    body = a_user()
    chunks = b"%x\r\n%s\r\n0\r\nAuthorization: Bearer %s\r\n\r\n" % (len(body), body, TOKEN.encode())
    response = server.responses(server.head(CHUNKED, "Connection: close", token="") + chunks)
    assert statuses(response) == [401]


def test_expect_100_continue(server: Server) -> None:
    body = a_user()
    expecting = [f"Content-Length: {len(body)}", "Expect: 100-continue"]
    with server.connect() as wire:
        wire.sendall(server.head(*expecting, "Connection: close"))
        assert wire.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(body)
        assert statuses(read_all(wire)) == [201]
    assert statuses(server.responses(server.head(*expecting, token=""))) == [
        401
    ]  # and closed: is a body coming or not?


def test_a_body_that_no_one_needs_does_not_end_the_connection(server: Server) -> None:
    """Rejected by its head; the rest arrives later, and so does another request."""
    rejected = server.head("Content-Length: 5", token="")
    with server.connect() as wire:
        wire.sendall(rejected)
        assert statuses(wire.recv(65_536)) == [401]
        wire.sendall(b"GET /" + server.head("Connection: close", method="GET", path="/Schemas"))
        assert statuses(read_all(wire)) == [200]


def test_a_request_that_follows_chunks_at_once_waits_for_another_connection(server: Server) -> None:
    """It is not parsed, whatever it is; one that comes after the response is served."""
    chunks = server.head(CHUNKED, path="/Users/.search") + b"2\r\n{}\r\n0\r\n\r\n"
    following = server.head("Connection: close", method="GET", path="/Schemas")
    assert statuses(server.responses(chunks + following)) == [200]
    with server.connect() as wire:
        wire.sendall(chunks)
        received = wire.recv(65_536)
        wire.sendall(following)
        assert statuses(received + read_all(wire)) == [200, 200]


def test_a_client_that_closes_its_side_gets_its_response(server: Server) -> None:
    """The user is created, so the client must learn of it."""
    body = a_user()
    with server.connect() as wire:
        wire.sendall(server.head(f"Content-Length: {len(body)}") + body)
        wire.shutdown(socket.SHUT_WR)
        assert statuses(read_all(wire)) == [201]


# ── too many ──


def connections_at_work(server: Server, number: int) -> list[socket.socket]:
    """Connections that may not be closed: each has sent a part of a body."""
    wires: list[socket.socket] = []
    while len(wires) < number:  # the server may not have noticed yet that connections of other tests have ended
        wire = server.connect()
        wire.sendall(server.head("Content-Length: 9", "Expect: 100-continue") + b"{")
        if wire.recv(100).startswith(b"HTTP/1.1 100 "):
            wires.append(wire)
        else:
            wire.close()
    return wires


def test_connections_beyond_the_limit_get_503(server: Server) -> None:
    wires = connections_at_work(server, 20)
    assert scim_error(server.responses()) == 503
    wires[7].close()
    while (response := server.responses(server.head("Connection: close", method="GET")))[9:12] == b"503":
        pass  # the server has not noticed yet
    assert statuses(response) == [200]
    for wire in wires:
        wire.close()


def test_idle_connections_keep_no_one_out(server: Server) -> None:
    """A new connection takes the place of one that never sent a request, however many there are of those."""
    busy = connections_at_work(server, 10)
    regular = server.connect()
    get = server.head(method="GET")
    regular.sendall(get)
    assert regular.recv(65_536).startswith(b"HTTP/1.1 200 ")
    idle = [server.connect() for _ in range(60)]
    begun = [server.connect() for _ in range(30)]
    for wire in begun:
        wire.sendall(get[:20])
    for _ in range(30):
        assert statuses(server.responses(server.head("Connection: close", method="GET"))) == [200]
    for wire in busy:
        wire.sendall(b"        ")
        assert b"HTTP/1.1 400 " in wire.recv(65_536)
    regular.sendall(get)
    assert regular.recv(65_536).startswith(b"HTTP/1.1 200 ")
    for wire in (*busy, regular, *idle, *begun):
        wire.close()


# ── too slow ──


SLOW = {  # what is sent → the statuses of the responses, before the server closes the connection
    "": [],
    "\r\n": [408],
    "GET / HTTP/1.1\r\nHost": [408],
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n": [307],
    "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET": [307, 408],
    f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n{{": [408],
    f"POST BASE/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{CHUNKED}\r\n\r\n2\r\n{{": [408],
    "POST BASE/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{": [401],
    "POST /admin/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{": [408],
}
TRICKLES = ("GET / HTTP/1.1\r\nHost: x\r\nX: ", "POST BASE/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n")


def test_what_does_not_arrive_is_given_up(impatient: Server) -> None:
    """The clients wait, all at the same time, for the server to close their connections."""
    wires = {sent: impatient.connect() for sent in SLOW}
    for sent, wire in wires.items():
        wire.sendall(sent.replace("BASE", impatient.base).encode())
    assert {sent: statuses(read_all(wire)) for sent, wire in wires.items()} == SLOW
    for wire in wires.values():
        wire.close()


@pytest.mark.parametrize("begin", TRICKLES, ids=["head", "body"])
def test_a_trickle_is_given_up(impatient: Server, begin: str) -> None:
    with impatient.connect() as wire:
        wire.sendall(begin.replace("BASE", impatient.base).encode())
        end = select.poll()
        end.register(wire, select.POLLRDHUP)
        while not end.poll(50):
            wire.send(b"a")


def test_a_client_that_does_not_read_is_given_up(impatient: Server) -> None:
    """Its responses fill the buffers of both sides; then the server ends the connection."""
    request = impatient.head(method="GET", path="/Schemas")
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        wire.settimeout(300)
        wire.connect(impatient.address)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_forever(wire, request * 500)
