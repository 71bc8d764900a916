"""The suite's client: plain and synchronous, full control of headers, patient with a target that throttles or flaps.

Several threads may send at once; `for_check` gives each check a view of its own with its name on every request.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3

from conformance.requirements.verdict import NotOffered
from conformance.target.deadline import Watchman, watched_pools
from simulator.wire.exchange import Exchange
from simulator.wire.redact import redact_headers

MEDIA_TYPE = "application/scim+json"
MAX_BODY_BYTES = 16 * 1024 * 1024
SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
PATIENCE = 5  # how often a 429, or a 503 that names a time, is waited for
MAX_WAIT_S = 60.0
GONE_AFTER = 12  # requests without any answer in a row: nobody is there any more


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


@dataclass(slots=True)
class Weather:
    """How the target behaved, over all checks: counts for the report."""

    statuses: dict[int, int] = field(default_factory=dict)
    throttled: int = 0  # answers 429 or 503 that were waited for
    retried: int = 0  # reads sent again after no answer
    no_answers: int = 0
    silent_in_a_row: int = 0

    @property
    def gone(self) -> bool:
        return self.silent_in_a_row >= GONE_AFTER


class Client:
    """Sends requests to one target and reports every Exchange. Redirects are never followed with the token.

    `renew` gives another token for one that is refused (OAuth); `extra_headers` go with every request.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        listener: Callable[[Exchange], None] | None = None,
        timeout_s: float = 30.0,
        verify_tls: bool = True,
        extra_headers: Mapping[str, str] | None = None,
        read_only: bool = False,
        connections: int = 4,
        renew: Callable[[str], str] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.check = ""  # the id of the check that is running
        self.sent: list[int] = []  # numbers of the exchanges of this view
        self.read_only = read_only
        self.weather = Weather()
        self.timeout_s = timeout_s
        self._listener = listener
        self._extra = dict(extra_headers or {})
        self._renew = renew
        self._numbers = itertools.count(1)
        self._watchman = Watchman(timeout_s)
        self._http = watched_pools(
            self._watchman,
            timeout=urllib3.Timeout(total=timeout_s),
            retries=False,
            maxsize=connections,
            block=False,
            cert_reqs="CERT_REQUIRED" if verify_tls else "CERT_NONE",
        )

    @property
    def connections(self) -> urllib3.PoolManager:
        """For the few requests that nothing may record."""
        return self._http

    @property
    def statuses(self) -> dict[int, int]:
        return self.weather.statuses

    def for_check(self, check: str) -> Client:
        """The same connections under a check's name, with its own list of exchanges."""
        view = object.__new__(Client)
        view.__dict__.update(self.__dict__)
        view.check, view.sent = check, []
        return view

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        parameters: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        raw: bytes | None = None,
        patient: bool = True,
    ) -> Answer:
        """One request; `path` is below the base URL or a whole URL. A header given as None is left out.

        A 429 (or a 503 with Retry-After) is waited for, and a read without answer is sent once more, unless `patient`
        is False. Raises NoAnswer when nothing complete came back, NotOffered for a write in a read-only run.
        """
        if self.read_only and method not in SAFE and not path.partition("?")[0].endswith("/.search"):
            raise NotOffered("a write (--read-only)")
        url = path if path.startswith(("http://", "https://")) else self.base_url + path
        if parameters:
            url += ("&" if "?" in url else "?") + urlencode(parameters)
        data = raw if raw is not None else (None if body is None else orjson.dumps(body))
        renewed = False
        for attempt in range(PATIENCE + 1):
            exchange = self._once(method, url, data, self._headers(data, headers))
            if exchange.status is None:
                if patient and method in SAFE and attempt == 0 and not self.weather.gone:
                    self.weather.retried += 1
                    continue
                raise NoAnswer(exchange)
            if exchange.status == 401 and self._renew and not renewed and "Authorization" not in (headers or {}):
                self.token, renewed = self._renew(self.token or ""), True
                continue
            wait = _wait_seconds(exchange, attempt)
            if patient and wait is not None and attempt < PATIENCE:
                self.weather.throttled += 1
                time.sleep(wait)
                continue
            break
        assert exchange.status is not None
        self.weather.statuses[exchange.status] = self.weather.statuses.get(exchange.status, 0) + 1
        return Answer(exchange)

    def _once(self, method: str, url: str, data: bytes | None, sent: dict[str, str]) -> Exchange:
        number = next(self._numbers)
        started_at, begun = datetime.now(UTC), time.perf_counter()
        status, answered, content, failure = None, {}, b"", None
        try:
            response = self._http.request(
                method, url, body=data, headers=sent, redirect=False, preload_content=False, decode_content=True
            )
            content = response.read(MAX_BODY_BYTES + 1)
            answered = {name.lower(): ", ".join(response.headers.getlist(name)) for name in response.headers}
            status = response.status
            if len(content) > MAX_BODY_BYTES:
                status, failure = None, f"the answer has more than {MAX_BODY_BYTES} bytes"
                response.close()
            else:
                response.drain_conn()
            response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            status, failure = None, f"{type(error).__name__}: {error}"
        if self._watchman.end():
            status, failure = None, f"no whole answer within {self.timeout_s:g} s"
        exchange = Exchange(
            number,
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
        self.weather.silent_in_a_row = self.weather.silent_in_a_row + 1 if status is None else 0
        self.weather.no_answers += status is None
        self.sent.append(number)
        if self._listener is not None:
            self._listener(exchange)
        return exchange

    def _headers(self, data: bytes | None, headers: Mapping[str, str | None] | None) -> dict[str, str]:
        sent: dict[str, str | None] = {"Accept": MEDIA_TYPE, "User-Agent": "scimulator-check", **self._extra}
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


def _wait_seconds(exchange: Exchange, attempt: int) -> float | None:
    """How long a throttling answer asks to wait (RFC 9110 10.2.3: seconds or a date); None when it asks for nothing."""
    told = exchange.response_headers.get("retry-after")
    if exchange.status == 429 or (exchange.status == 503 and told is not None):
        try:
            wait = float(told) if told is not None else float(2**attempt)
        except ValueError:
            wait = _seconds_until(told or "")
        return min(max(wait, 0.0), MAX_WAIT_S)
    return None


def _seconds_until(date: str) -> float:
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 1.0
