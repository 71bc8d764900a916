"""A running server as the benchmark sees it: an address, a token, and how a request to it looks on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from loadtests.bench.raw_client import encode, send_all
from simulator.provisioning.request import Request


class UnexpectedAnswer(Exception):
    """The server did something else than it was asked for; its speed means nothing then."""


@dataclass(frozen=True, slots=True)
class Server:
    """`bare`: without ids and store; `preloaded`: it took its people at the start; `clean_up`: leave it as it was."""

    name: str
    base_url: str
    token: str = field(repr=False)
    bare: bool = False
    preloaded: bool = False
    clean_up: bool = False

    def encode(self, request: Request) -> bytes:
        body = None if request.body is None else orjson.dumps(request.body)
        return encode(request.method, self.base_url + request.path, self.token, body)

    async def ask(self, request: Request) -> tuple[int, Any]:
        """Status and parsed body of one request, None for no JSON. Raises TargetFailed, OSError."""
        found = await send_all(self.base_url, iter([self.encode(request)]), connections=1, seconds=60, keep_bodies=True)
        (status,), (body,) = found.statuses, found.bodies
        try:
            return status, orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            return status, None
