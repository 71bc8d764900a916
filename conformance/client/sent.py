"""What a client sent: each request as the rules read it, and each write that it contains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from simulator.wire.exchange import Exchange

UNREADABLE = object()  # the body is not JSON
BULK, SEARCH = "/Bulk", "/.search"


class Sent:
    """One request of the client with its reply. `path` is below the base URL, and as the client wrote it."""

    def __init__(self, exchange: Exchange, base: str, *, cut: bool = False) -> None:
        self.exchange = exchange
        self.number = exchange.number
        self.method = exchange.method.upper()
        self.headers = exchange.request_headers
        self.status = exchange.status
        self.cut = cut  # the body was too large to be kept
        target, _, self.query = exchange.url.partition("?")
        prefix = base.rstrip("/")
        self.below = target.startswith(prefix)
        self.path = target.removeprefix(prefix) if self.below else urlsplit(target).path
        self.seconds = exchange.started_at.timestamp()

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def raw(self) -> bytes:
        return self.exchange.request_body or b""

    @cached_property
    def json(self) -> Any:
        """The JSON of the body; None without one, UNREADABLE if it cannot be read."""
        if not self.raw or self.cut:
            return None
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return UNREADABLE

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the body; empty if there is none."""
        return self.json if isinstance(self.json, dict) else {}

    @cached_property
    def reply(self) -> dict[str, Any]:
        """The JSON object of the reply; empty if there is none."""
        found = self.exchange.response_json()
        return found if isinstance(found, dict) else {}

    @cached_property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def parts(self) -> list[str]:
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def endpoint(self) -> str:
        """`Users` of `/Users/1`."""
        return self.parts[0]

    @property
    def id(self) -> str:
        """The id in the path of a resource; empty for any other path."""
        parts = self.parts
        return parts[1] if len(parts) == 2 and parts[1] != ".search" else ""

    @property
    def is_search(self) -> bool:
        return self.method == "POST" and self.path.rstrip("/").endswith(SEARCH)

    @property
    def is_list(self) -> bool:
        """Whether the request asks for a list of users or groups."""
        return self.is_search or (self.method == "GET" and self.path.strip("/") in ("Users", "Groups", ""))

    @property
    def host(self) -> str:
        return urlsplit(self.exchange.url).netloc.lower()

    @property
    def leads_to(self) -> str:
        """The other host to which the reply leads the client by its Location; empty if there is none."""
        host = urlsplit(self.exchange.response_headers.get("location", "")).netloc.lower()
        return "" if host == self.host else host

    @property
    def filter(self) -> str:
        held = self.body.get("filter") if self.is_search else self.parameters.get("filter")
        return held if isinstance(held, str) else ""

    @property
    def told(self) -> str:
        """The request in a few words, as findings quote it."""
        return f"{self.method} {self.path}{'?' + self.query if self.query else ''}"[:300]

    def resources(self) -> list[dict[str, Any]]:
        """The resources that the reply contains: those of a list, or the one that it is."""
        held = next((value for name, value in self.reply.items() if name.lower() == "resources"), None)
        if isinstance(held, list):
            return [item for item in held if isinstance(item, dict)]
        return [self.reply] if self.ok and "id" in self.reply else []


@dataclass(frozen=True)
class Write:
    """One POST, PUT, PATCH, or DELETE of a resource, sent alone or as an operation of a bulk request."""

    sent: Sent
    method: str
    endpoint: str
    id: str
    body: dict[str, Any]

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations of a PATCH."""
        held = named_value(self.body, "operations") if self.method == "PATCH" else None
        return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def writes_of(sent: Sent) -> Iterator[Write]:
    """The writes that a request carries; none for a read."""
    if sent.method not in ("POST", "PUT", "PATCH", "DELETE") or sent.is_search:
        return
    if sent.path.rstrip("/") != BULK:
        yield Write(sent, sent.method, sent.endpoint, sent.id, sent.body)
        return
    held = named_value(sent.body, "operations")
    for item in held if isinstance(held, list) else []:
        if isinstance(item, dict):
            parts = str(item.get("path", "")).strip("/").split("/")
            data = item.get("data")
            body = data if isinstance(data, dict) else {}
            yield Write(sent, str(item.get("method", "")).upper(), parts[0], parts[1] if len(parts) == 2 else "", body)


def named_value(holder: dict[str, Any], name: str) -> Any:
    """The value of a member by its name in any case."""
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)
