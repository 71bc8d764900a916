"""What all connections of a process share: the limits, the number of connections, and how long each may wait for what."""

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

from reference_server.scim.errors import ERROR_URN
from reference_server.settings import Limits

LOG = logging.getLogger("scimulator.connections")

LINGER_SECONDS = 2
REFUSED_TOGETHER = 100  # connections beyond the limit that get a response; further ones are closed without one
LOG_SECONDS = 60
LIST_SECONDS = 0.1  # between two lists of idle connections, of which the first was short:
MANY = 16  # fewer than this part of all connections


class Phase(Enum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    WORK = "the server"
    READER = "a client that does not read"
    CLOSE = "a client that should close"


class Seen(NamedTuple):
    """What a connection was doing when it was last looked at; equal as long as it makes no progress."""

    phase: Phase
    requests: int
    progress: int


class Connection(Protocol):
    """What the door asks of a connection."""

    @property
    def address(self) -> str: ...

    def idle(self) -> tuple[bool, int] | None:
        """Whether it has sent a request before, and minus the seconds it waits for one; None if it may not be closed."""
        ...

    def give_way(self) -> None:
        """Close it in favor of a new one; the door has counted it out."""
        ...


@dataclass(slots=True)
class Door:
    """What all connections share. `cut_extension` names an ASGI extension by which a request can end its connection.

    A new connection beyond a limit takes the place of an idle one: of those that never sent a request the one that waits
    longest, else of the others the one that is idle longest. So idle connections cannot keep anyone out.
    """

    limits: Limits
    most: int
    most_per_address: int  # 0: no limit
    cut_extension: str | None = None
    _by_address: Counter[str] = field(default_factory=Counter)
    _logged_at: float = float("-inf")
    _staying: int = 0
    _idle: list[Connection] = field(default_factory=list)  # the first to be closed stands last
    _listed_at: float = float("-inf")
    _listed: int = 0
    _entered: int = 0  # since then

    def enter(self, address: str, connections: Collection[Connection], now: float) -> bool | None:
        """Whether a new connection, one of these, may stay; None if it gets no response either. `now` in seconds."""
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
            LOG.warning("%s: too many connections; further ones within a minute are not logged", address)
        return False if len(connections) <= self.most + REFUSED_TOGETHER else None

    def _make_room(self, connections: Collection[Connection], now: float, address: str | None = None) -> bool:
        """Close an idle connection (of this address); whether there was one.

        To list them costs a look at all connections, so a list that found few is not made again at once, unless many
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
        """A connection that might stay has ended."""
        self._staying -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def seconds(self, phase: Phase, *, is_first: bool) -> float:
        """How long a connection may stay in a phase without progress."""
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
    """A whole response, in the form of SCIM's errors: whatever is rejected at the door could be a SCIM request."""
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
