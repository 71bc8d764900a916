"""The simulator's HTTP client: sends requests as Entra does and returns Exchanges, whatever the target answers."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol

import aiohttp
import orjson
from yarl import URL

from simulator.wire.exchange import Exchange
from simulator.wire.redact import redact_headers

TIMEOUT_SECONDS = 100.0  # undocumented; the default of .NET's client (entra.md 1.4)
MAX_BODY_BYTES = 32 * 1024 * 1024
MEDIA_TYPE = "application/scim+json"


class Sendable(Protocol):
    """What the client sends: a provider's request."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def body(self) -> dict[str, Any] | None: ...
    @property
    def operation(self) -> str: ...


class ScimClient:
    """Talks to one target. Use as an async context manager; a target's fault is an Exchange, never an exception."""

    def __init__(self, base_url: str, token: str, *, timeout_s: float = TIMEOUT_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA_TYPE}
        self._shown = {"accept": MEDIA_TYPE, "authorization": "Bearer [redacted]"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self.sent = 0

    async def __aenter__(self) -> ScimClient:
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            skip_auto_headers=("User-Agent", "Accept"),  # Entra sends no User-Agent (entra.md 1.4)
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(
        self, request: Sendable, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """Send one request and wait for its answer; redirects are not followed, so the token stays with the target."""
        assert self._session is not None
        self.sent += 1
        number = self.sent
        url = self.base_url + request.path
        body = None if request.body is None else orjson.dumps(request.body)
        headers, shown = self._headers, self._shown
        if body is not None:
            headers = {**headers, "Content-Type": MEDIA_TYPE}
            shown = {**shown, "content-type": MEDIA_TYPE}
        started_at, begun = datetime.now(UTC), time.perf_counter()
        status, answered, answer, failure = None, {}, b"", None
        try:
            async with self._session.request(
                request.method, URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = await _read(response)
                status = response.status
                answered = {name.lower(): value for name, value in response.headers.items()}
        except TimeoutError:
            failure = f"no answer within {self._timeout.total:g} s"
        except (aiohttp.ClientError, _TooLarge, OSError, ValueError) as error:
            failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        except asyncio.IncompleteReadError:
            failure = "the answer broke off"
        return Exchange(
            number=number,
            method=request.method,
            url=url,
            request_headers=shown,
            request_body=body,
            status=status,
            response_headers=redact_headers(answered),
            response_body=answer,
            started_at=started_at,
            duration_ms=(time.perf_counter() - begun) * 1000,
            virtual_at=virtual_at,
            cause={**(cause or {}), "operation": request.operation},
            failure=failure,
        )


class _TooLarge(Exception):
    """The answer is larger than anybody needs."""


async def _read(response: aiohttp.ClientResponse) -> bytes:
    declared = response.content_length
    if declared is not None and declared <= MAX_BODY_BYTES:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(65_536):
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _TooLarge(f"the answer has more than {MAX_BODY_BYTES} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
