"""Authenticates admin requests, reads their JSON bodies, and turns every error into a one-line JSON response."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from reference_server.clock import read_moment
from reference_server.service.tenants import Invalid, Refused, Unknown
from reference_server.storage.tables import RETRY_SECONDS, StorageFailed
from reference_server.tokens import is_token
from reference_server.wrong_tokens import Guesses, source_of

Answer = tuple[int, Any]
Handler = Callable[[Request], Awaitable[Answer]]
OnWrong = Callable[[str, int], Awaitable[Any]]  # address, number of the wrong token within this minute
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
RETRY_SOON = {"retry-after": str(RETRY_SECONDS)}  # sent with every 503
MAX_BODY_BYTES = 262_144
MAX_WRONG_TOKENS = 100  # per minute and address

LOG = logging.getLogger("scimulator.admin")


class BadRequest(Exception):
    """The request is invalid; the message is sent to the client."""

    status = 400
    headers: Mapping[str, str] = MappingProxyType({})


class TooLarge(BadRequest):
    """The body has more than MAX_BODY_BYTES."""

    status = 413


class Guard:
    """Admits requests that carry the token and turns the exceptions of handlers into responses."""

    def __init__(
        self,
        token_sha256: str,
        *,
        loopback_only: bool = False,
        on_wrong: OnWrong | None = None,
        token: str = "admin token",
    ) -> None:
        self._loopback_only = loopback_only
        self._on_wrong = on_wrong
        self._token = token  # what the messages call it
        self.digest = bytes.fromhex(token_sha256)
        self._guesses = Guesses(MAX_WRONG_TOKENS)

    def wrap(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """The Starlette endpoint for a handler that returns (status, JSON value)."""

        async def endpoint(request: Request) -> Response:
            if self._loopback_only and not _is_loopback(request):
                return _json(403, {"error": "only clients on this machine can use this endpoint"})
            refusal = await self._refusal(request)
            if refusal is not None:
                return refusal
            try:
                status, value = await handler(request)
            except BadRequest as error:
                return _json(error.status, {"error": str(error)}, error.headers)
            except Invalid as error:
                status, value = 400, {"error": str(error)}
            except Refused as error:
                status, value = 403, {"error": str(error)}
            except Unknown as error:
                status, value = 404, {"error": str(error)}
            except StorageFailed:
                return _json(503, {"error": "the server cannot write to its store at the moment"}, RETRY_SOON)
            return value if isinstance(value, Response) else _json(status, value)

        return endpoint

    def is_token(self, token: str) -> bool:
        """Whether this is the right token."""
        return is_token(token.strip().encode("utf-8", "surrogateescape"), self.digest)

    def wait(self, request: Request) -> int:
        """The seconds that this client must wait before the server compares another token; 0 if it need not wait."""
        return self._guesses.wait(source_of(address_of(request)), time.monotonic())

    async def note_wrong(self, request: Request) -> None:
        """Count a wrong token. The first and the last one of a minute are logged and audited."""
        address, now = address_of(request), time.monotonic()
        number = self._guesses.note(source_of(address), now)
        if self._guesses.is_worth_a_line(number, now):
            LOG.warning("wrong %s from %s (number %d within one minute)", self._token, address, number)
            if self._on_wrong is not None:
                try:
                    await self._on_wrong(address, number)
                except StorageFailed as error:
                    LOG.error("failed to write the audit event for a wrong %s: %s", self._token, error)

    async def _refusal(self, request: Request) -> Response | None:
        seconds = self.wait(request)
        if seconds:
            return _json(
                429,
                {"error": f"too many requests with a wrong {self._token} from this address"},
                {"retry-after": str(seconds)},
            )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self.is_token(token) and scheme.lower() == "bearer":
            return None
        if token:
            await self.note_wrong(request)
        return _json(401, {"error": f"the {self._token} is missing or wrong"}, {"www-authenticate": "Bearer"})


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def _is_loopback(request: Request) -> bool:
    host = address_of(request)
    return host.startswith("127.") or host == "::1"


async def read_body(request: Request) -> bytes:
    """Read the body. Raises TooLarge as soon as the limit is exceeded, or BadRequest if the connection ends early."""
    body = bytearray()
    try:
        if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
            raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    except ClientDisconnect:
        raise BadRequest("the connection was closed before the body was complete") from None
    return bytes(body)


async def read_object(request: Request) -> dict[str, Any]:
    """Read the body as a JSON object; a missing body gives an empty one. Raises BadRequest."""
    raw = await read_body(request)
    if not raw:
        return {}
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("the body must be a JSON object")
    return value


def expect(body: dict[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """A member of the body of the expected type; raises BadRequest."""
    value = body.get(name, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {str: "a string", bool: "true or false", int: "an integer", dict: "an object"}
        raise BadRequest(f"{name}: expected {words[kind]}")
    return value


def expect_only(kind: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raise BadRequest, with the name, if a request contains anything that is not known. `kind` describes what it is."""
    for name in given:
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "none"
            raise BadRequest(f"{name}: unknown {kind}; expected {expected}")


def read_time(name: str, text: object, zone: tzinfo | None = None) -> datetime:
    """A time that the client sent, in UTC; raises BadRequest with the name of the member."""
    try:
        return read_moment(text, zone)
    except ValueError as error:
        raise BadRequest(f"{name}: {error}") from None


def _json(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, {**HEADERS, **(headers or {})}, media_type="application/json")
