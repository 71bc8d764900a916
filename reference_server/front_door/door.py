"""What all connections of a process share: the limits, the number of connections, and how long each may wait for what."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import NamedTuple

import orjson

from reference_server.scim.errors import ERROR_URN
from reference_server.settings import Limits

LOG = logging.getLogger("scimulator.connections")

LINGER_SECONDS = 2
REFUSED_TOGETHER = 100  # connections beyond the limit that get a response; further ones are closed without one
LOG_SECONDS = 60


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


@dataclass(slots=True)
class Door:
    """What all connections share. `cut_extension` names an ASGI extension by which a request can end its connection."""

    limits: Limits
    most: int
    most_per_address: int  # 0: no limit
    cut_extension: str | None = None
    _by_address: Counter[str] = field(default_factory=Counter)
    _logged_at: float = float("-inf")

    def enter(self, address: str, connections: int, now: float) -> bool | None:
        """Whether a new connection, one of so many, may stay; None if it gets no response either. `now` in seconds."""
        self._by_address[address] += 1
        if connections <= self.most and (
            not self.most_per_address or self._by_address[address] <= self.most_per_address
        ):
            return True
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            LOG.warning("%s: too many connections; further ones within a minute are not logged", address)
        return False if connections <= self.most + REFUSED_TOGETHER else None

    def leave(self, address: str) -> None:
        """A connection has ended."""
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
