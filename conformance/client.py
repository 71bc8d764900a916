"""The suite's client: plain and synchronous, full control of headers, each request named after its check."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3

from simulator.wire.exchange import Exchange
from simulator.wire.redact import redact_headers

MEDIA_TYPE = "application/scim+json"
MAX_BODY_BYTES = 16 * 1024 * 1024


class NoAnswer(Exception):
    """The target gave no complete answer; holds the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.failure or "no answer")
        self.exchange = exchange


class Answer:
    """An answer as checks read it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.status = exchange.status or 0
        self.headers = exchange.response_headers
        self.json: Any = exchange.response_json()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def __getitem__(self, name: str) -> Any:
        return self.json.get(name) if isinstance(self.json, dict) else None


class Client:
    """Sends requests to one target and reports every Exchange. Redirects are never followed with the token."""

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        listener: Callable[[Exchange], None] | None = None,
        timeout_s: float = 30.0,
        verify_tls: bool = True,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.check = ""  # the id of the check that is running
        self.statuses: dict[int, int] = {}
        self._listener = listener
        self._sent = 0
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(total=timeout_s),
            retries=False,
            cert_reqs="CERT_REQUIRED" if verify_tls else "CERT_NONE",
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """One request; `path` is below the base URL or a whole URL. A header given as None is left out.

        Raises NoAnswer when nothing complete came back.
        """
        url = path if path.startswith(("http://", "https://")) else self.base_url + path
        if parameters:
            url += ("&" if "?" in url else "?") + urlencode(parameters)
        data = raw if raw is not None else (None if body is None else orjson.dumps(body))
        sent = self._headers(data, headers)
        self._sent += 1
        started_at, begun = datetime.now(UTC), time.perf_counter()
        status, answered, content, failure = None, {}, b"", None
        try:
            response = self._http.request(
                method, url, body=data, headers=sent, redirect=False, preload_content=False, decode_content=True
            )
            content = response.read(MAX_BODY_BYTES + 1)
            answered = {name.lower(): value for name, value in response.headers.items()}
            status = response.status
            if len(content) > MAX_BODY_BYTES:
                status, failure = None, f"the answer has more than {MAX_BODY_BYTES} bytes"
                response.close()
            else:
                response.drain_conn()
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            failure = f"{type(error).__name__}: {error}"
        exchange = Exchange(
            self._sent,
            method,
            url,
            redact_headers({name.lower(): value for name, value in sent.items()}),
            data,
            status,
            redact_headers(answered),
            content,
            started_at,
            (time.perf_counter() - begun) * 1000,
            cause={"check": self.check},
            failure=failure,
        )
        if self._listener is not None:
            self._listener(exchange)
        if status is None:
            raise NoAnswer(exchange)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return Answer(exchange)

    def _headers(self, data: bytes | None, headers: Mapping[str, str | None] | None) -> dict[str, str]:
        sent: dict[str, str | None] = {"Accept": MEDIA_TYPE, "User-Agent": "scimulator-check"}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if data is not None:
            sent["Content-Type"] = MEDIA_TYPE
        if self.check:
            sent["Scimulator-Check"] = self.check
        for name, value in (headers or {}).items():
            sent.pop(next((held for held in sent if held.lower() == name.lower()), ""), None)
            sent[name] = value
        return {name: value for name, value in sent.items() if value is not None}
