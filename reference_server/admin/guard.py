"""The admin token, and JSON in and out for the admin's endpoints: one line for everything that is wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from reference_server.clock import read_moment
from reference_server.service.tenants import Refused, Unknown
from reference_server.storage.tables import RETRY_SECONDS, StorageFailed
from reference_server.tokens import is_token
from reference_server.wrong_tokens import Guesses, source_of

Answer = tuple[int, Any]
Handler = Callable[[Request], Awaitable[Answer]]
OnWrong = Callable[[str, int], Awaitable[Any]]  # address, and which wrong token of this minute it is
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
RETRY_SOON = {"retry-after": str(RETRY_SECONDS)}  # with every 503
MAX_BODY_BYTES = 262_144
MAX_WRONG_TOKENS = 100  # a minute and address

LOG = logging.getLogger("scimulator.admin")


class BadRequest(Exception):
    """The request cannot be understood; the message is for the caller."""

    status = 400


class TooLarge(BadRequest):
    """The body has more than MAX_BODY_BYTES."""

    status = 413


class Guard:
    """Lets requests with the admin token through and turns what handlers raise into answers."""

    def __init__(self, token_sha256: str, *, loopback_only: bool = False, on_wrong: OnWrong | None = None) -> None:
        self._loopback_only = loopback_only
        self._on_wrong = on_wrong
        self.digest = bytes.fromhex(token_sha256)
        self._guesses = Guesses(MAX_WRONG_TOKENS)

    def wrap(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """The Starlette endpoint for a handler that returns (status, JSON value)."""

        async def endpoint(request: Request) -> Response:
            if self._loopback_only and not _is_loopback(request):
                return _json(403, {"error": "only this machine may do that"})
            refusal = await self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                status, value = await handler(request)
            except BadRequest as error:
                status, value = error.status, {"error": str(error)}
            except Refused as error:
                status, value = 403, {"error": str(error)}
            except Unknown as error:
                status, value = 404, {"error": str(error)}
            except StorageFailed:
                return _json(503, {"error": "the server cannot store anything at the moment"}, RETRY_SOON)
            return value if isinstance(value, Response) else _json(status, value)

        return endpoint

    def is_token(self, token: str) -> bool:
        """Whether this is the admin token."""
        return is_token(token.strip().encode("utf-8", "surrogateescape"), self.digest)

    def wait(self, request: Request) -> int:
        """The seconds that the sender must wait before a token of it is compared; 0: none."""
        return self._guesses.wait(source_of(address_of(request)), time.monotonic())

    async def note_wrong(self, request: Request) -> None:
        """Count a wrong token; the first and the last of a minute are logged and audited."""
        address, now = address_of(request), time.monotonic()
        number = self._guesses.note(source_of(address), now)
        if self._guesses.is_worth_a_line(number, now):
            LOG.warning("%s: wrong admin token, number %d within a minute", address, number)
            if self._on_wrong is not None:
                try:
                    await self._on_wrong(address, number)
                except StorageFailed as error:
                    LOG.error("a wrong admin token could not be audited: %s", error)

    async def _refusal(self, request: Request) -> Response | None:
        seconds = self.wait(request)
        if seconds:
            return _json(429, {"error": "too many wrong tokens from this address"}, {"retry-after": str(seconds)})
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self.is_token(token) and scheme.lower() == "bearer":
            return None
        if token:
            await self.note_wrong(request)
        return _json(401, {"error": "this needs its own bearer token"}, {"www-authenticate": "Bearer"})


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def _is_loopback(request: Request) -> bool:
    host = address_of(request)
    return host.startswith("127.") or host == "::1"


async def read_body(request: Request) -> bytes:
    """The body; raises TooLarge as soon as it is, or BadRequest if the connection ends before the body."""
    body = bytearray()
    try:
        if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
            raise TooLarge(f"the body has more than {MAX_BODY_BYTES} bytes")
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge(f"the body has more than {MAX_BODY_BYTES} bytes")
    except ClientDisconnect:
        raise BadRequest("the connection ended before the body was complete") from None
    return bytes(body)


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of the body, empty for none; raises BadRequest."""
    raw = await read_body(request)
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("expected a JSON object")
    return value


def expect(body: dict[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """A member of the body, checked; raises BadRequest naming what was expected."""
    value = body.get(name, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {str: "text", bool: "true or false", int: "a number", dict: "an object"}
        raise BadRequest(f"{name}: expected {words[kind]}")
    return value


def read_time(name: str, text: object, zone: tzinfo | None = None) -> datetime:
    """A moment that the caller wrote, in UTC; raises BadRequest naming it."""
    try:
        return read_moment(text, zone)
    except ValueError as error:
        raise BadRequest(f"{name}: {error}") from None


def _json(status: int, value: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, {**HEADERS, **(headers or {})}, media_type="application/json")
