"""Exchange: the record of one HTTP request and its response, which all tools share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from secrecy.places import shown_headers
from simulator.stream.events import ExchangeEvent

NOT_SENT = datetime(1970, 1, 1, tzinfo=UTC)
_UNREAD: Any = object()  # a response that has not been parsed yet


class Sendable(Protocol):
    """A request to send. `headers` are those in addition to the client's own."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def body(self) -> dict[str, Any] | None: ...
    @property
    def operation(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class LocalAnswer:
    """A response that is created locally, by a dry run or by an injected fault."""

    status: int | None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    timed_out: bool = False


@dataclass(slots=True)
class Exchange:
    """One request and its response. Without a complete response, `status` is None and `failure` is the reason in words.

    No one changes an exchange. It is not frozen, because that makes it four times as slow to create.

    `timed_out`: there is no response because the target took too long.

    Header names are lower case. The record itself is not redacted; output of the process is. `virtual_at` is the time in the
    simulation and `started_at` the real time (both are aware datetimes in UTC). `cause` states why the request was sent, for
    example `{"cycle": "3", "person": "<objectId>", "operation": "create user"}` or `{"check": "test_…"}`.
    """

    number: int
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: bytes | None
    status: int | None
    response_headers: dict[str, str]
    response_body: bytes
    started_at: datetime
    duration_ms: float
    virtual_at: datetime | None = None
    cause: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    timed_out: bool = False
    _json: Any = field(default=_UNREAD, init=False, repr=False, compare=False)

    @classmethod
    def never_sent(
        cls,
        request: Sendable,
        base_url: str,
        answer: LocalAnswer,
        *,
        virtual_at: datetime | None = None,
        cause: dict[str, str] | None = None,
    ) -> Exchange:
        """The exchange of a request that was not sent, with a local response."""
        return cls(
            number=0,
            method=request.method,
            url=base_url + request.path,
            request_headers={},
            request_body=None if request.body is None else orjson.dumps(request.body),
            status=answer.status,
            response_headers=answer.headers,
            response_body=b"" if answer.body is None else orjson.dumps(answer.body),
            started_at=NOT_SENT,
            duration_ms=0.0,
            virtual_at=virtual_at,
            cause={**(cause or {}), "operation": request.operation},
            failure=answer.failure,
            timed_out=answer.timed_out,
        )

    def response_json(self) -> Any:
        """The parsed response body, or None if it is empty or not JSON. It is parsed once and must not be changed."""
        if self._json is _UNREAD:
            self._json = _parsed(self.response_body)
        return self._json

    def to_event(self, number: int | None = None, virtual_at: str | None = None) -> ExchangeEvent:
        """This exchange as an `exchange` event of the run stream, with another number and virtual time if they are given."""
        if virtual_at is None and self.virtual_at is not None:
            virtual_at = self.virtual_at.isoformat()
        event: ExchangeEvent = {
            "event": "exchange",
            "number": self.number if number is None else number,
            "method": self.method,
            "url": self.url,
            "request_headers": shown_headers(self.request_headers),
            "request_body": _text(self.request_body),
            "status": self.status,
            "response_headers": shown_headers(self.response_headers),
            "response_body": _text(self.response_body),
            "started_at": self.started_at.isoformat(),
            "duration_ms": round(self.duration_ms, 3),
            "virtual_at": virtual_at,
            "cause": self.cause,
            "failure": self.failure,
        }
        if self.timed_out:
            event["timed_out"] = True
        return event

    @classmethod
    def from_event(cls, event: ExchangeEvent) -> Exchange:
        """The inverse of `to_event`. Raises KeyError or ValueError for an invalid event."""
        body = event["request_body"]
        return cls(
            number=event["number"],
            method=event["method"],
            url=event["url"],
            request_headers=event["request_headers"],
            request_body=None if body is None else body.encode(),
            status=event["status"],
            response_headers=event["response_headers"],
            response_body=(event["response_body"] or "").encode(),
            started_at=datetime.fromisoformat(event["started_at"]).astimezone(UTC),
            duration_ms=event["duration_ms"],
            virtual_at=datetime.fromisoformat(event["virtual_at"]) if event["virtual_at"] else None,
            cause=event["cause"],
            failure=event["failure"],
            timed_out=event.get("timed_out", False),
        )


def _parsed(body: bytes | None) -> Any:
    """Parse JSON so that the result can be serialized again: at most 254 levels and no lone surrogates."""
    if not body:
        return None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _loosely_parsed(body)
    try:
        orjson.dumps(value)  # reads up to 1,024 levels, but writes only 254
    except TypeError:
        return None
    return value


def _loosely_parsed(body: bytes) -> Any:
    """Parse JSON that orjson rejects, such as lone surrogates, which become U+FFFD. None for other text and for NaN."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    def whole(digits: str) -> float:
        return int(digits) if len(digits) < 19 else float(digits)  # like orjson: longer numbers do not fit into 64 bits

    try:
        return orjson.loads(_written(json.loads(body, parse_constant=refuse, parse_int=whole)))
    except (ValueError, RecursionError):
        return None


def _written(value: Any) -> bytes:
    """JSON in which lone surrogates are replaced by U+FFFD."""
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _text(body: bytes | None) -> str | None:
    return None if body is None else body.decode("utf-8", "replace")
