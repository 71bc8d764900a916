"""Requests that arrive as a whole: answered without ASGI or a task, and without the parser if their headers are known.

The app is called with the finished request instead of with messages about its parts. A client usually sends the same headers
with each request, so a block of headers that the parser and the checks of this package have accepted is not parsed again.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from reference_server.front_door.exchange import Exchange, WholeExchange, WholeReply
from reference_server.front_door.head import END, Headers
from reference_server.settings import Limits

if TYPE_CHECKING:
    from reference_server.front_door.protocol import FrontDoor

METHODS = {name.encode(): name for name in ("GET", "POST", "PUT", "PATCH", "DELETE")}
# The characters of a path and a query (RFC 3986); the parser judges a target with any other.
URL_CHARACTERS = (string.ascii_letters + string.digits + "/?-._~!$&'()*+,;=:@%").encode()
MOST_HEADS = 2_048  # each client needs one, and one for each length of its bodies
MOST_BYTES = 2_048  # of the headers that are remembered
# Headers that change how a message is read or answered.
UNUSUAL = (b"expect", b"transfer-encoding", b"upgrade")

Work = Coroutine[Any, Any, WholeReply]
# (method, path, query string, headers, address of the client, body) → the response
Answer = Callable[[str, str, bytes, Mapping[bytes, bytes], str, bytes], Work | None]


class KnownHead(NamedTuple):
    """The lines of headers that were accepted: their values by lower-case name, and the length of the announced body."""

    headers: dict[bytes, bytes]
    body_size: int


class WholeRequests:
    """What all connections share: the app, the paths that it answers, and the known heads. `answer` may decline (None)."""

    def __init__(self, below: str, answer: Answer, limits: Limits) -> None:
        self._below = below
        self._answer = answer
        self._most_line_bytes = min(limits.max_url_bytes, limits.max_head_bytes - MOST_BYTES)
        self._most_body_bytes = limits.max_body_bytes
        self._known: dict[bytes, KnownHead] = {}

    def remember(self, head: bytes, headers: Headers) -> None:
        """Remember a head that has passed all checks, unless it contains anything unusual."""
        line, _, block = head.removesuffix(END).partition(b"\r\n")
        _, _, target = line.partition(b" ")
        values = dict(headers)
        is_usual = (
            target.startswith(b"/") and target.endswith(b" HTTP/1.1") and not any(name in values for name in UNUSUAL)
        )
        # Each line is one header: none was removed or joined with another.
        is_plain = block.count(b"\r\n") + 1 == len(headers) == len(values)
        stays_open = values.get(b"connection", b"keep-alive").lower() == b"keep-alive"
        size = int(values.get(b"content-length", b"0"))
        if is_usual and is_plain and stays_open and len(block) <= MOST_BYTES and size <= self._most_body_bytes:
            if len(self._known) >= MOST_HEADS:
                self._known.clear()
            self._known[block] = KnownHead(values, size)

    def begin(self, connection: FrontDoor, data: bytes) -> bool:
        """Start the request in `data`; returns False if it is not one whole request with a known head."""
        head, end, body = data.partition(END)
        line, _, block = head.partition(b"\r\n")
        known = self._known.get(block)
        if known is None or len(body) != known.body_size or not end:
            return False
        if len(line) > self._most_line_bytes or connection.flow.write_paused:
            return False
        parts = line.split(b" ")
        if len(parts) != 3 or parts[2] != b"HTTP/1.1" or parts[1].translate(None, URL_CHARACTERS):
            return False
        method = METHODS.get(parts[0])
        raw_path, _, query = parts[1].partition(b"?")
        path = raw_path.decode("ascii")
        path = unquote(path) if "%" in path else path
        if method is None or not path.startswith(self._below):
            return False
        work = self._answer(method, path, query, known.headers, connection.address, body)
        return _is_run(connection, work)

    def take_over(self, connection: FrontDoor, parsed: Exchange) -> bool:
        """Start a request that the parser has read; returns False if ASGI must carry it, for example in parts."""
        scope, body = parsed.scope, bytes(parsed.body)
        method, path, headers = scope["method"], scope["path"], dict(scope["headers"])
        if parsed.more_body or parsed.disconnected or parsed.waiting_for_100_continue or connection.flow.write_paused:
            return False
        if method == "HEAD" or not path.startswith(self._below) or len(body) > self._most_body_bytes:
            return False
        if len(headers) != len(list(scope["headers"])):
            return False
        work = self._answer(method, path, scope["query_string"], headers, connection.address, body)
        return _is_run(connection, work, parsed.keep_alive)


def _is_run(connection: FrontDoor, work: Work | None, keep_alive: bool = True) -> bool:
    if work is None:
        return False
    exchange = connection.cycle = WholeExchange(connection, work, keep_alive)  # type: ignore[assignment]
    exchange.run()
    return True
