"""A running server in the benchmark: address, token, and encoding of requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from loadtests.bench.raw_client import encode, send_all
from simulator.provisioning.request import Request


class UnexpectedAnswer(Exception):
    """The server did not execute a request correctly, so its speed is meaningless."""


@dataclass(frozen=True, slots=True)
class Server:
    """`bare`: has no storage and no ids. `preloaded`: loaded its users at the start. `clean_up`: delete the users afterwards."""

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
        """Send one request. Returns the status and the parsed body (None: not JSON). Raises TargetFailed or OSError."""
        found = await send_all(self.base_url, iter([self.encode(request)]), connections=1, seconds=60, keep_bodies=True)
        (status,), (body,) = found.statuses, found.bodies
        try:
            return status, orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            return status, None
