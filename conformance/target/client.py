"""The suite's HTTP client: synchronous, with full control of headers, and with retries for throttling and lost responses.

Several threads may send at once. `for_check` gives each check its own view, which puts the check's name on every request.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import orjson

from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.fields import readable
from secrecy.places import learn_header, learn_passwords, learn_url, shown_headers
from secrecy.redaction import learn
from simulator.wire.body import Unusable
from simulator.wire.connections import Connections
from simulator.wire.exchange import Exchange
from simulator.wire.not_http import is_not_http
from simulator.wire.retry_after import retry_after_seconds
from simulator.wire.urls import ForeignUrl, joined

MEDIA_TYPE = "application/scim+json"
IDENTITY = {"Accept": MEDIA_TYPE, "User-Agent": "scimulator-check"}
SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
PATIENCE = 5  # retries after a 429, or after a 503 with Retry-After
MAX_WAIT_S, DEFAULT_WAIT_S = 60.0, 1.0
GONE_AFTER = 12  # after this many consecutive requests without a response, the target counts as gone


class NoAnswer(Exception):
    """The target sent no complete response; `exchange` has the request."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.failure or "no response")
        self.exchange = exchange


class InvalidHttp(NoAnswer):
    """The target responded, but not with valid HTTP. That is a fault of the target and not of the network."""


class Answer:
    """A response as checks read it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.status = exchange.status or 0
        self.headers = exchange.response_headers

    @cached_property
    def json(self) -> Any:
        """The parsed body; None if it is empty or not JSON."""
        return readable(self.exchange.response_json())

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def told(self) -> str:
        """The response as a finding shows it: the status and, for an error, scimType and detail."""
        said = [str(self[name])[:160] for name in ("scimType", "detail") if self.status >= 400 and self[name]]
        return f"{self.status} ({': '.join(said)})" if said else f"{self.status}"

    def __getitem__(self, name: str) -> Any:
        return self.json.get(name) if isinstance(self.json, dict) else None


@dataclass(slots=True)
class NetworkFaults:
    """How often the target slowed requests down or did not respond, over all checks; and the statuses of its responses."""

    statuses: dict[int, int] = field(default_factory=dict)
    throttled: int = 0  # responses 429 or 503 that led to a retry
    retried: int = 0  # reads that were sent again because there was no response
    no_answers: int = 0
    silent_in_a_row: int = 0

    @property
    def gone(self) -> bool:
        return self.silent_in_a_row >= GONE_AFTER


@dataclass(frozen=True, slots=True)
class Connection:
    """How requests reach the target: `headers` go with every request, `pool_size` connections stay open per host.

    `renew` takes a token that the target rejected with 401 and returns another (OAuth).
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify_tls: bool = True
    pool_size: int = 4
    renew: Callable[[str], str] | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Reply:
    """The result of one transfer: `status` is None if there is no complete response, and `failure` says why."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str | None = None


class Client:
    """Sends requests to one target and reports every Exchange. Redirects are never followed with the token."""

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        listener: Callable[[Exchange], None] | None = None,
        timeout_s: float = 30.0,
        read_only: bool = False,
        connection: Connection | None = None,
    ) -> None:
        connection = connection or Connection()
        learn_url(base_url)
        learn(token)
        for name, value in connection.headers.items():
            learn_header(name, value)
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.check = ""  # the id of the check that is running
        self.sent: list[int] = []  # numbers of the exchanges of this view
        self.answers: list[Answer] = []  # the responses that this view received
        self.exchanges: list[Exchange] | None = None  # the exchanges themselves, where a list is given
        self.read_only = read_only
        self.network_faults = NetworkFaults()
        self.timeout_s = timeout_s
        self._listener = listener
        self._extra = dict(connection.headers)
        self._renew = connection.renew
        self._numbers = itertools.count(1)
        self.connections = Connections(timeout_s, pool_size=connection.pool_size, verify_tls=connection.verify_tls)

    @property
    def statuses(self) -> dict[int, int]:
        return self.network_faults.statuses

    def for_check(self, check: str) -> Client:
        """The same connections under a check's name, with its own list of exchanges."""
        view = object.__new__(Client)
        view.__dict__.update(self.__dict__)
        view.check, view.sent, view.answers, view.exchanges = check, [], [], None
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
        """Send one request; `path` is relative to the base URL, or a whole URL. A header given as None is left out.

        A whole URL of another origin than the base URL's is a Finding: no request is sent there.

        Unless `patient` is False, the client waits after a 429 (or a 503 with Retry-After) and sends a read without an
        answer once more. Raises NoAnswer (InvalidHttp if the answer is not HTTP), and NotOffered for a write if read-only.
        """
        if self.read_only and method not in SAFE and not path.partition("?")[0].endswith("/.search"):
            raise NotOffered("a write (--read-only)")
        data = raw if raw is not None else (None if body is None else orjson.dumps(body))
        exchange = self._patiently(method, self._url(path, parameters), data, headers, patient)
        if exchange.status is None:
            raise (InvalidHttp if is_not_http(exchange.failure) else NoAnswer)(exchange)
        self.network_faults.statuses[exchange.status] = self.network_faults.statuses.get(exchange.status, 0) + 1
        answer = Answer(exchange)
        if self.check:
            self.answers.append(answer)
        return answer

    def get_without_credentials(self, url: str) -> Answer:
        """GET a URL that need not be the base URL's, without the token and the headers of the run; raises NoAnswer."""
        exchange = self._once("GET", url, None, dict(IDENTITY))
        if exchange.status is None:
            raise NoAnswer(exchange)
        return Answer(exchange)

    def _url(self, path: str, parameters: Mapping[str, Any] | None) -> str:
        try:
            url = joined(self.base_url, path)
        except ForeignUrl as error:
            expected = f"a URL below {self.base_url}"
            raise Finding(f"the server returned a URL of another origin: {error}", expected, path[:200]) from None
        if parameters:
            url += ("&" if "?" in url else "?") + urlencode(parameters)
        return url

    def _patiently(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str | None] | None, patient: bool
    ) -> Exchange:
        """The last exchange of a request that is retried after a rejected token, a lost response, or throttling."""
        renewable = self._renew is not None and "Authorization" not in (headers or {})
        for attempt in range(PATIENCE + 1):
            exchange = self._once(method, url, data, self._headers(data, headers))
            if exchange.status == 401 and self._renew is not None and renewable:
                self.token, renewable = self._renew(self.token or ""), False
            elif not patient or not self._tries_again(exchange, attempt):
                break
        return exchange

    def _tries_again(self, exchange: Exchange, attempt: int) -> bool:
        """Whether to retry: a read without a response at once, a throttled request after waiting."""
        if exchange.status is None:
            again = attempt == 0 and exchange.method in SAFE and not self.network_faults.gone
            self.network_faults.retried += again
            return again
        wait = _wait_seconds(exchange, attempt)
        if wait is None or attempt == PATIENCE:
            return False
        self.network_faults.throttled += 1
        time.sleep(wait)
        return True

    def _once(self, method: str, url: str, data: bytes | None, sent: dict[str, str]) -> Exchange:
        """Send the request a single time and report its exchange."""
        number = next(self._numbers)
        learn_passwords(data)
        if sent.get("Authorization") != f"Bearer {self.token}":  # a check may send a token that is nearly right
            learn_header("Authorization", sent.get("Authorization", ""))
        started_at, begun = datetime.now(UTC), time.perf_counter()
        reply = self._transfer(method, url, data, sent)
        exchange = Exchange(
            number,
            method,
            url,
            shown_headers(sent, self._extra),
            data,
            reply.status,
            reply.headers,
            reply.body,
            started_at,
            (time.perf_counter() - begun) * 1000,
            cause={"check": self.check},
            failure=reply.failure,
        )
        is_silent = reply.status is None and not is_not_http(exchange.failure)
        self.network_faults.silent_in_a_row = self.network_faults.silent_in_a_row + 1 if is_silent else 0
        self.network_faults.no_answers += is_silent
        self.sent.append(number)
        if self.exchanges is not None:
            self.exchanges.append(exchange)
        if self._listener is not None:
            self._listener(exchange)
        return exchange

    def _transfer(self, method: str, url: str, data: bytes | None, sent: dict[str, str]) -> _Reply:
        """What came over the wire; an answer that is too long or too late counts as none."""
        reply = _Reply()
        try:
            answer = self.connections.request(method, url, sent, data)
            reply.body, reply.status = answer.body, answer.status
            reply.headers = {name: ", ".join(values) for name, values in answer.headers.items()}
        except Unusable as error:
            reply.failure = str(error)
        except (OSError, ValueError) as error:
            reply.failure = f"{type(error).__name__}: {error}"
        return reply

    def _headers(self, data: bytes | None, headers: Mapping[str, str | None] | None) -> dict[str, str]:
        sent: dict[str, str | None] = {**IDENTITY, **self._extra}
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
    """The seconds to wait after a throttling response, at most MAX_WAIT_S; None if the response does not ask for it.

    A 429 without Retry-After is waited for twice as long each time; a header that cannot be read means one second.
    """
    header = exchange.response_headers.get("retry-after")
    if exchange.status != 429 and (exchange.status != 503 or header is None):
        return None
    asked = float(2**attempt) if header is None else retry_after_seconds(header)
    return min(max(DEFAULT_WAIT_S if asked is None else asked, 0.0), MAX_WAIT_S)
