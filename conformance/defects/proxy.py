"""The proxy that places defects between a client and the real server: one listener, one base URL per defect."""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import urlsplit

from conformance.defects.mutations import Mutation
from conformance.defects.wire import Reply, Request, Server
from simulator.wire.connections import Connections

MAX_BODY = 64 * 1024 * 1024  # bytes of a request
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


class _Listener(ThreadingHTTPServer):
    """Knows its open connections so that it can close them. Its threads do not keep the process alive."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], secure: Secure | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)
        self._secure = secure
        self._open: dict[Any, threading.Thread] = {}
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Bind without looking up the name of the host, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection. The thread of the connection does the handshake, so that no client can delay others."""
        connection, address = super().get_request()
        if self._secure is not None:
            self._secure.on_connection()
            context = self._secure.context
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report nothing if the client closed the connection."""
        error = sys.exc_info()[1]
        if self._secure is not None and isinstance(error, ssl.SSLError) and error.reason == "HTTP_REQUEST":
            self._secure.on_plain_text()
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Close every connection and wait for the threads that serve them."""
        for connection, thread in list(self._open.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    def end(self) -> None:
        self.shutdown()
        self.hang_up()
        self.server_close()
        self._thread.join()


@dataclass(frozen=True)
class Secure:
    """TLS for a listener.

    `on_connection` is called for each connection, before its handshake, and `on_plain_text` for a request without TLS.
    """

    context: ssl.SSLContext
    on_connection: Callable[[], None]
    on_plain_text: Callable[[], None]


class DefectProxy:
    """Serves defects of one real server, each under the base URL that `add` returns."""

    def __init__(self, upstream: str, port: int = 0, host: str = "127.0.0.1") -> None:
        self._upstream = upstream.rstrip("/")
        self._http = Connections(60, pool_size=16)
        self._between: dict[str, tuple[Mutation, Server, str]] = {}
        self.errors: list[str] = []  # exceptions that defects have raised
        self._host = host
        self._listeners = [_Listener((host, port), self._handler(), None)]

    def add(self, name: str, between: Mutation, upstream: str = "", origin: str = "") -> str:
        """Serve a defect of the real server, or of another base URL; returns its base URL, which begins with `origin`."""
        real = upstream.rstrip("/") or self._upstream
        base = f"{origin or f'http://127.0.0.1:{self.port}'}/{name}{urlsplit(real).path}"
        self._between[name] = (between, Server(lambda request: self._ask(request, base, real)), urlsplit(real).path)
        return base

    @property
    def port(self) -> int:
        return self._listeners[0].port

    def listen(self, secure: Secure) -> int:
        """Listen on a further port, with TLS; returns the port."""
        self._listeners.append(_Listener((self._host, 0), self._handler(), secure))
        return self._listeners[-1].port

    def close(self) -> None:
        for listener in self._listeners:
            listener.end()
        self._http.clear()

    def answer(self, name: str, request: Request) -> Reply:
        if name not in self._between:
            return self.unknown(name, request)
        between, server, prefix = self._between[name]
        request = replace(request, path=request.path.removeprefix(prefix))
        try:
            return between(request, server)
        except Exception as error:
            self.errors.append(f"{name}: {type(error).__name__}: {error} at {request.method} {request.path}")
            return Reply.error(500, detail=self.errors[-1])

    def unknown(self, name: str, request: Request) -> Reply:
        """The reply to a request outside every base URL; the path of the request is what follows the name."""
        return Reply.error(404, detail=f"there is no defect named {name}")

    def _ask(self, request: Request, base: str, upstream: str) -> Reply:
        """The real server's reply; in both directions, its base URL and the one that the client knows are exchanged."""
        url = upstream + request.path + (f"?{request.query}" if request.query else "")
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        body = request.body.replace(base.encode(), upstream.encode())
        answer = self._http.request(request.method, url, headers, body or None)
        shown = {name: answer.all(name).replace(upstream, base) for name in answer.headers if name not in HOP_BY_HOP}
        return Reply(answer.status, shown, answer.body.replace(upstream.encode(), base.encode()))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # http.server writes head and body apart
            raw_requestline: bytes

            def parse_request(self) -> bool:
                self.raw_requestline, target = _encoded(self.raw_requestline)
                parsed = super().parse_request()
                self.path = target if parsed and target else self.path
                return parsed

            def _serve(self) -> None:
                target, _, query = self.path.partition("?")
                name, _, path = target.removeprefix("/").partition("/")
                headers = {key.lower(): value for key, value in self.headers.items()}
                body = _body(self.rfile, headers)
                if body is None:
                    self.close_connection = True
                    self._write(Reply.error(400, "invalidSyntax", "the length of the body cannot be read"))
                    return
                self._write(proxy.answer(name, Request(self.command, f"/{path}", query, headers, body)))

            def _write(self, reply: Reply) -> None:
                if not reply.status:  # the client gets no answer
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for key, value in reply.headers.items():
                    if key not in HOP_BY_HOP:
                        self.send_header(key, value)
                if reply.status not in (204, 304):
                    self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            def log_message(self, format: str, *arguments: object) -> None:
                """Log nothing: the stream of the suite has every exchange."""

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

        return Handler


def _encoded(line: bytes) -> tuple[bytes, str]:
    """A request line whose target has no raw spaces, and the target as it was sent if it has any.

    http.server rejects raw spaces, and a judge of clients must see them.
    """
    method, _, rest = line.decode("iso-8859-1").rstrip("\r\n").partition(" ")
    target, _, version = rest.rpartition(" ")
    if " " not in target or not version.startswith("HTTP/"):
        return line, ""
    return f"{method} {target.replace(' ', '%20')} {version}\r\n".encode("iso-8859-1"), target


def _body(file: BufferedIOBase, headers: Mapping[str, str]) -> bytes | None:
    """The body of a request, by its length or in chunks; None if neither can be read."""
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        length = headers.get("content-length") or "0"
        return file.read(int(length)) if length.isdecimal() and int(length) <= MAX_BODY else None
    body = bytearray()
    while True:
        size = file.readline(100).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size) or len(body) + int(size, 16) > MAX_BODY:
            return None
        if not int(size, 16):
            break
        body += file.read(int(size, 16))
        file.readline(100)
    while file.readline(8192).strip():  # trailers
        pass
    return bytes(body)


@contextmanager
def defect_proxy(upstream: str, port: int = 0) -> Iterator[DefectProxy]:
    """A proxy in front of a SCIM base URL; it is closed at the end."""
    proxy = DefectProxy(upstream, port)
    try:
        yield proxy
    finally:
        proxy.close()
