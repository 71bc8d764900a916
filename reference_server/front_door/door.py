"""State that all connections of a process share: limits, number of connections, and timeouts."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from operator import itemgetter
from typing import NamedTuple, Protocol

import orjson

from reference_server.front_door.head import Headers
from reference_server.front_door.whole import WholeRequests
from reference_server.scim.errors import ERROR_URN
from reference_server.settings import Limits

LOG = logging.getLogger("scimulator.connections")

LINGER_SECONDS = 2
REFUSED_TOGETHER = 100  # connections beyond the limit that receive a 503; further ones are closed without a response
LOG_SECONDS = 60
LIST_SECONDS = 0.1  # minimum time between two scans for idle connections if the first one found few:
MANY = 16  # fewer than one in MANY connections


class Phase(Enum):
    """The phase of a connection: what it is waiting for."""

    IDLE = "a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    WORK = "the server"
    READER = "a client that does not read"
    CLOSE = "a client that should close"


class Seen(NamedTuple):
    """The state of a connection at a check. Two equal states mean that it made no progress in between."""

    phase: Phase
    requests: int
    progress: int


class Connection(Protocol):
    """The interface of a connection that the door uses."""

    @property
    def address(self) -> str: ...

    def idle(self) -> tuple[bool, int] | None:
        """(whether it has sent a request, the negative number of idle seconds), or None if it must not be closed."""
        ...

    def give_way(self) -> None:
        """Close the connection in favor of a new one. The door has already subtracted it from its counts."""
        ...


@dataclass(slots=True)
class Door:
    """The state that all connections share. `cut_extension` is the ASGI extension that lets a request close its connection.

    A new connection beyond a limit replaces an idle one: the longest waiting one that never sent a request, or else the one
    that has been idle longest. Idle connections therefore cannot lock other clients out.
    """

    limits: Limits
    most: int
    most_per_address: int  # 0: no limit
    cut_extension: str | None = None
    whole: WholeRequests | None = None  # the app that answers requests without ASGI, if there is one
    _by_address: Counter[str] = field(default_factory=Counter)
    _logged_at: float = float("-inf")
    _staying: int = 0
    _idle: list[Connection] = field(default_factory=list)  # the next one to close is the last item
    _listed_at: float = float("-inf")
    _listed: int = 0
    _entered: int = 0  # since then
    _date: Headers = field(default_factory=list)
    _date_lines: bytes = b""

    def enter(self, address: str, connections: Collection[Connection], now: float) -> bool | None:
        """Whether a new connection may stay; None if it is closed without a response. `now` is in seconds."""
        if self.most_per_address and self._by_address[address] >= self.most_per_address:
            may_stay = self._make_room(connections, now, address)
        else:
            may_stay = self._staying < self.most or self._make_room(connections, now)
        if may_stay:
            self._by_address[address] += 1
            self._staying += 1
            self._entered += 1
            return True
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            LOG.warning(
                "too many connections; rejected one from %s; further messages are suppressed for one minute", address
            )
        return False if len(connections) <= self.most + REFUSED_TOGETHER else None

    def _make_room(self, connections: Collection[Connection], now: float, address: str | None = None) -> bool:
        """Close an idle connection (from this address); returns whether there was one.

        Listing them requires a scan of all connections, so a scan that found few is not repeated immediately, unless many
        connections have come in since.
        """
        for again in (False, True):
            if again:
                if now - self._listed_at < LIST_SECONDS and self._listed + self._entered < len(connections) // MANY:
                    return False
                self._listed_at, self._entered = now, 0
                found = [(idle, connection) for connection in connections if (idle := connection.idle()) is not None]
                self._idle = [connection for _, connection in sorted(found, key=itemgetter(0), reverse=True)]
                self._listed = len(found)
            for index in range(len(self._idle) - 1, -1, -1):
                connection = self._idle[index]
                if address is None or connection.address == address:
                    del self._idle[index]
                    if connection.idle() is not None:
                        self.leave(connection.address)
                        connection.give_way()
                        return True
        return False

    def leave(self, address: str) -> None:
        """Count a connection that had entered as closed."""
        self._staying -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def lines_of(self, default_headers: Headers) -> bytes:
        """The lines of the headers that every response has. Uvicorn replaces the list when the date changes."""
        if default_headers is not self._date:
            self._date = default_headers
            self._date_lines = b"".join([b"%b: %b\r\n" % header for header in default_headers])
        return self._date_lines

    def seconds(self, phase: Phase, *, is_first: bool) -> float:
        """The seconds that a connection may stay in a phase without progress."""
        limits = self.limits
        return {
            Phase.IDLE: limits.max_head_seconds if is_first else limits.max_idle_seconds,
            Phase.HEAD: limits.max_head_seconds,
            Phase.BODY: limits.max_body_seconds,
            Phase.WORK: float("inf"),
            Phase.READER: limits.max_unread_seconds,
            Phase.CLOSE: LINGER_SECONDS,
        }[phase]


def error_response(status: int, detail: str) -> bytes:
    """A complete HTTP response with a SCIM error, because any request that is rejected here could be a SCIM request."""
    body = orjson.dumps({"schemas": [ERROR_URN], "status": str(status), "detail": detail})
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "content-type: application/scim+json",
        "cache-control: no-store",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    if status == 503:
        lines.append("retry-after: 1")
    return "\r\n".join([*lines, "", ""]).encode() + body
