"""The simulator's HTTP client. It sends requests as Entra ID does and returns an Exchange for every outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

import orjson

from secrecy.places import learn_header, learn_passwords, learn_url, shown_headers
from simulator.wire.body import Unusable
from simulator.wire.credentials import BearerToken, Credentials, CredentialsError
from simulator.wire.exchange import Exchange, Sendable
from simulator.wire.http_client import HttpClient, NoResponse
from simulator.wire.rate import Rate
from simulator.wire.urls import ForeignUrl, joined

# An assumption: Microsoft documents no timeout, and this is the default of .NET's HttpClient (docs/notes/entra.md 1.4).
TIMEOUT_SECONDS = 100.0
MEDIA_TYPE = "application/scim+json"


class ScimClient:
    """A client for one target. Use it as an async context manager. Faults of the target are Exchanges, never exceptions.

    The query of the base URL, which can contain feature flags, precedes the query of every request, as with Entra ID.
    """

    def __init__(
        self,
        base_url: str,
        token: str | Credentials,
        *,
        timeout_s: float = TIMEOUT_SECONDS,
        rate: float | None = None,
        media_type: str = MEDIA_TYPE,
        headers: dict[str, str] | None = None,
        accept: bool = True,
    ) -> None:
        learn_url(base_url)
        for name, value in (headers or {}).items():
            learn_header(name, value)
        bare, _, self._query = base_url.partition("?")
        self.base_url = bare.rstrip("/")
        self._credentials = BearerToken(token) if isinstance(token, str) else token
        self._timeout = timeout_s
        self._rate = Rate(rate) if rate else None
        self._bare = {**({"Accept": media_type.partition(";")[0]} if accept else {}), **(headers or {})}
        self._media_type = media_type
        self._shown = shown_headers({**self._bare, "Authorization": "Bearer …"}, headers or ())
        self._http = HttpClient(self.base_url, timeout_s=timeout_s)
        self.sent = 0

    async def __aenter__(self) -> ScimClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._http.close()

    async def send(
        self, request: Sendable, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """Send one request and wait for the response. Redirects are not followed, so that the token is sent only to the target.

        With OAuth, a 401 leads to one renewal of the token and one retry, whose response is returned.
        """
        if self._rate is not None:
            await self._rate.wait()
        self.sent += 1
        number = self.sent
        path = self._with_query(request.path)
        body = None if request.body is None else orjson.dumps(request.body)
        content_type = {} if body is None else {"content-type": self._media_type}
        learn_passwords(body)
        started_at, begun = datetime.now(UTC), time.perf_counter()
        try:
            url = joined(self.base_url, path)
            answer = await self._answer(request.method, url, body, request.headers)
        except ForeignUrl as error:
            url, answer = path, _Answer(failure=str(error))
        return Exchange(
            number=number,
            method=request.method,
            url=url,
            request_headers={**self._shown, **content_type, **shown_headers(request.headers)},
            request_body=body,
            status=answer.status,
            response_headers=answer.headers,
            response_body=answer.body,
            started_at=started_at,
            duration_ms=(time.perf_counter() - begun) * 1000,
            virtual_at=virtual_at,
            cause={**(cause or {}), "operation": request.operation},
            failure=answer.failure,
            timed_out=answer.timed_out,
        )

    async def _answer(self, method: str, url: str, body: bytes | None, extra: Mapping[str, str]) -> _Answer:
        """The response, after one renewal of the token if necessary. A fault of the target sets `failure`."""
        try:
            token = await self._credentials.current()
            answer = await self._exchange(method, url, body, {**extra, "Authorization": f"Bearer {token}"})
            if answer.status == 401 and self._credentials.renewable:
                token = await self._credentials.renew(token)
                answer = await self._exchange(method, url, body, {**extra, "Authorization": f"Bearer {token}"})
        except (CredentialsError, Unusable, OSError, ValueError) as error:
            answer = _Answer(failure=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        return answer

    async def _exchange(self, method: str, url: str, body: bytes | None, own: Mapping[str, str]) -> _Answer:
        headers = self._bare if body is None else {**self._bare, "Content-Type": self._media_type}
        try:
            response = await self._http.request(method, url, {**headers, **own}, body)
        except NoResponse:
            return _Answer(failure=f"no response within {self._timeout:g} s", timed_out=True)
        return _Answer(response.status, response.headers, response.body)

    def _with_query(self, path: str) -> str:
        if not self._query:
            return path
        bare, _, query = path.partition("?")
        return f"{bare}?{self._query}&{query}" if query else f"{bare}?{self._query}"


@dataclass(slots=True)
class _Answer:
    """A response. Without a complete response, `status` is None and `failure` is the reason."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str | None = None
    timed_out: bool = False
