"""One request gives one response or one exception, and only a connection in a known state is used again."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.wire import http_client
from simulator.wire.body import Unusable
from simulator.wire.http_client import HttpClient, NoResponse, Response

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LARGE = b"x" * 200_000
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


class Server:
    """Sends `answers` to the requests as they arrive. None closes the connection, and b"" leaves the request unanswered."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.heads: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                answer = self.answers.pop(0)
                if answer is not None:
                    writer.write(answer)
                if answer is None or answer.endswith(b"the end"):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def talk(
    server: Server,
    dialog: Callable[[HttpClient, str], Awaitable[Any]],
    *,
    context: ssl.SSLContext | None = None,
    timeout_s: float = 30.0,
) -> Any:
    """Run a dialog with the server, as long as the connections are open."""

    async def run() -> Any:
        async with await asyncio.start_server(server.serve, "localhost", 0, ssl=context) as listening:
            url = f"{'https' if context else 'http'}://localhost:{listening.sockets[0].getsockname()[1]}"
            client = HttpClient(url, timeout_s=timeout_s)
            try:
                return await dialog(client, url)
            finally:
                client.close()

    return asyncio.run(run())


async def get(client: HttpClient, url: str, method: str = "GET") -> Response:
    return await client.request(method, f"{url}/Users", {}, None)


async def get_twice(client: HttpClient, url: str) -> list[Response]:
    return [await get(client, url), await get(client, url)]


@pytest.mark.parametrize(
    ("answer", "body", "connections"),
    [
        (OK, b"ok", 1),
        (EMPTY, b"", 1),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + LARGE, LARGE, 1),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nx-trailer: 1\r\n\r\n",
            b"ok",
            1,
        ),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok", 1),
        (OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), b"ok", 2),
        (OK.replace(b"1.1", b"1.0"), b"ok", 2),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end", 2),
        (OK + b"HTTP/1.1 500 Smuggled\r\nx-smuggled: 1\r\ncontent-length: 3\r\n\r\nbad", b"ok", 2),
    ],
    ids=["length", "no content", "large", "chunks", "interim", "close", "http 1.0", "until the end", "two responses"],
)
def test_a_connection_is_used_again_only_after_exactly_one_response(
    answer: bytes, body: bytes, connections: int
) -> None:
    server = Server(answer, OK)
    first, second = talk(server, get_twice)
    assert (first.body, second.body) == (body, b"ok")
    assert "x-smuggled" not in first.headers
    assert "link" not in first.headers
    assert server.connections == connections


def test_equal_responses_are_equal_and_do_not_share_what_can_be_changed() -> None:
    server = Server(OK, OK, OK[:-2] + b"no", OK, OK.replace(b"200 OK", b"404 Not Found"), OK)

    async def six(client: HttpClient, url: str) -> list[Response]:
        return [await get(client, url) for _ in server.heads + server.answers]

    found = talk(server, six)
    assert [(one.status, one.body) for one in found] == [
        (200, b"ok"), (200, b"ok"), (200, b"no"), (200, b"ok"), (404, b"ok"), (200, b"ok"),
    ]  # fmt: skip
    assert server.connections == 1
    assert len({id(one.headers) for one in found}) == len(found)


def test_a_head_response_that_equals_an_earlier_response_has_no_body() -> None:
    nothing = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    server = Server(nothing, nothing, OK)

    async def dialog(client: HttpClient, url: str) -> list[Response]:
        return [await get(client, url), await get(client, url, "HEAD"), await get(client, url)]

    assert [one.body for one in talk(server, dialog)] == [b"", b"", b"ok"]
    assert server.connections == 1


def test_bytes_that_no_request_awaits_end_the_connection() -> None:
    class Talkative(Server):
        """Sends a response that nobody asked for, as soon as `go` is set."""

        def __init__(self) -> None:
            super().__init__(OK, OK)
            self.go, self.ended = asyncio.Event(), asyncio.Event()

        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sending = asyncio.create_task(self.send_later(writer)) if not self.connections else None
            await super().serve(reader, writer)
            if sending is not None:
                await sending
                self.ended.set()

        async def send_later(self, writer: asyncio.StreamWriter) -> None:
            await self.go.wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nlater")

    server = Talkative()

    async def dialog(client: HttpClient, url: str) -> Response:
        await get(client, url)
        server.go.set()
        await server.ended.wait()
        return await get(client, url)

    assert talk(server, dialog).body == b"ok"
    assert server.connections == 2


def test_an_idle_connection_is_not_used_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be closing it, and the request would be lost."""
    monkeypatch.setattr(http_client, "KEEP_IDLE_SECONDS", -1.0)
    server = Server(OK, OK)
    talk(server, get_twice)
    assert server.connections == 2


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_connection_whose_response_was_not_awaited_is_not_used_again(interrupted: bool) -> None:
    async def dialog(client: HttpClient, url: str) -> Response:
        if interrupted:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(get(client, url), 0.05)
        else:
            with pytest.raises(NoResponse):
                await get(client, url)
        return await get(client, url)

    server = Server(b"", OK)
    assert talk(server, dialog, timeout_s=30.0 if interrupted else 0.05).body == b"ok"
    assert server.connections == 2


def test_each_request_on_a_connection_has_its_own_time() -> None:
    async def dialog(client: HttpClient, url: str) -> None:
        await get(client, url)
        begun = asyncio.get_running_loop().time()
        with pytest.raises(NoResponse):
            await get(client, url)
        assert asyncio.get_running_loop().time() - begun >= 0.3, (
            "the time of the first request is not that of the second"
        )

    server = Server(OK, b"")
    talk(server, dialog, timeout_s=0.3)
    assert server.connections == 1


def test_a_head_response_has_no_body() -> None:
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", OK)

    async def dialog(client: HttpClient, url: str) -> list[Response]:
        return [await get(client, url, "HEAD"), await get(client, url)]

    head, after = talk(server, dialog)
    assert (head.status, head.body, after.body) == (200, b"", b"ok")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (None, ConnectionResetError, "before the response was complete"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf, the end", ConnectionResetError, "complete"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            Unusable,
            "another protocol",
        ),
    ],
)
def test_anything_but_a_response_is_an_exception_and_nothing_is_resent(
    answer: bytes | None, error: type[Exception], words: str
) -> None:
    server = Server(answer)
    with pytest.raises(error, match=words):
        talk(server, get)
    assert len(server.heads) == 1


@pytest.mark.parametrize("path", ["/Users/1 HTTP/1.1\r\nX-Smuggled: 1\r\n\r\n", "/Users\n", "/Users\r"])
@pytest.mark.parametrize("in_header", [False, True])
def test_a_line_break_cannot_smuggle_a_header(path: str, in_header: bool) -> None:
    server = Server(OK)

    async def dialog(client: HttpClient, url: str) -> Response:
        target, headers = ("/Users", {"X-Own": path}) if in_header else (path, {})
        return await client.request("GET", url + target, headers, None)

    with pytest.raises(ValueError, match="line break"):
        talk(server, dialog)
    assert server.heads == []


def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "own.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(OK, OK)
    with pytest.raises(ssl.SSLCertVerificationError):
        talk(server, get_twice, context=context)
    assert server.heads == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert [response.body for response in talk(server, get_twice, context=context)] == [b"ok", b"ok"]
    assert len(server.heads) == 2
