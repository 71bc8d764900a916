"""Sends a tape to a target and compares the meaning of the responses: server-assigned ids are mapped, times are ignored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from simulator.provisioning.request import Request
from simulator.stream.run_stream import RunStream
from simulator.wire.client import ScimClient
from simulator.wire.exchange import Exchange
from simulator.wire.urls import BadUrl, ForeignUrl, below, http_url

# Members of a resource that differ between servers without a difference in meaning.
IGNORED = frozenset(["meta", "id", "$ref", "itemsPerPage", "detail"])


@dataclass(frozen=True, slots=True)
class Departure:
    """The first semantic difference between a response and the recorded one."""

    number: int
    request: str
    place: str
    expected: str
    found: str


def split_by_base(base_url: str, exchanges: Iterable[Exchange]) -> tuple[list[Exchange], list[str]]:
    """Split the exchanges into those under the base URL and the reasons why each other one is not sent.

    Raises BadUrl if the base URL is not valid.

    Only the path of a recorded URL is replayed, so a tape cannot decide which host receives the credentials.
    """
    http_url(base_url)
    kept, others = [], []
    for exchange in exchanges:
        try:
            below(base_url, exchange.url)
            kept.append(exchange)
        except (BadUrl, ForeignUrl) as error:
            others.append(str(error))
    return kept, others


class Replay:
    """One replay of a tape against a target."""

    def __init__(self, recorded_base: str, client: ScimClient, stream: RunStream) -> None:
        self._recorded_base = recorded_base.rstrip("/")
        self._client = client
        self._stream = stream
        self._live_id: dict[str, str] = {}
        self.sent = 0
        self.latest: Exchange | None = None
        self.made: dict[str, None] = {}  # paths of the resources that the replay created and did not delete
        self.departures: list[Departure] = []

    async def run(self, exchanges: Iterable[Exchange]) -> list[Departure]:
        """Send all requests in order. Returns the differences, at most one per exchange."""
        for recorded in exchanges:
            path = self._mapped(below(self._recorded_base, recorded.url))
            body = recorded.request_body
            parsed = None if not body else orjson.loads(self._mapped(body.decode()))
            operation = recorded.cause.get("operation", recorded.method)
            live = await self._client.send(
                Request(recorded.method, path, parsed, operation), cause=recorded.cause, virtual_at=recorded.virtual_at
            )
            self.sent += 1
            self.latest = live
            self._stream.write(live.to_event())
            self._learn(recorded.response_json(), live.response_json())
            self._note(path.partition("?")[0], live)
            departure = self._compare(recorded, live)
            if departure is not None:
                self.departures.append(departure)
                self._stream.write(
                    {
                        "event": "departure",
                        "number": departure.number,
                        "request": departure.request,
                        "place": departure.place,
                        "expected": departure.expected,
                        "found": departure.found,
                    }
                )
        return self.departures

    def _note(self, path: str, live: Exchange) -> None:
        """Remember a created resource until it is deleted."""
        body = live.response_json()
        if live.method == "DELETE" and live.status in (200, 204):
            self.made.pop(path, None)
        elif (
            live.method == "POST" and live.status == 201 and isinstance(body, dict) and isinstance(body.get("id"), str)
        ):
            self.made[f"{path}/{quote(body['id'], safe='')}"] = None

    def _learn(self, recorded: Any, live: Any) -> None:
        """Map the recorded ids to the live ids of matching resources."""
        if isinstance(recorded, dict) and isinstance(live, dict):
            old, new = recorded.get("id"), live.get("id")
            if isinstance(old, str) and isinstance(new, str) and old != new:
                self._live_id[old] = new
            for name in ("Resources", "Operations"):
                left, right = recorded.get(name), live.get(name)
                if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
                    for one, other in zip(left, right, strict=True):
                        self._learn(one, other)

    def _mapped(self, text: str) -> str:
        for old, new in self._live_id.items():
            if old in text:
                text = text.replace(old, new)
        return text

    def _compare(self, recorded: Exchange, live: Exchange) -> Departure | None:
        request = f"{recorded.method} {below(self._recorded_base, recorded.url)}"
        if recorded.status != live.status:
            found = str(live.status) if live.status is not None else str(live.failure)
            return Departure(live.number, request, "status", str(recorded.status), found)
        difference = _differ(self._mapped_json(recorded), live.response_json(), "")
        return None if difference is None else Departure(live.number, request, *difference)

    def _mapped_json(self, recorded: Exchange) -> Any:
        body = self._mapped(recorded.response_body.decode("utf-8", "replace"))
        try:
            return orjson.loads(body) if body else None
        except orjson.JSONDecodeError:
            return None


def _differ(expected: Any, found: Any, place: str) -> tuple[str, str, str] | None:
    """The place, expected value, and actual value of the first semantic difference, or None."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(name for name in found if name not in expected)]:
            if name in IGNORED:
                continue
            inner = _differ(expected.get(name), found.get(name), f"{place}.{name}" if place else name)
            if inner is not None:
                return inner
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        unordered = sorted(_key(_meaning(one)) for one in expected) == sorted(_key(_meaning(one)) for one in found)
        if unordered:
            return None
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            inner = _differ(one, other, f"{place}[{number}]")
            if inner is not None:
                return inner
        return None
    return None if expected == found else (place or "body", _key(expected), _key(found))


def _meaning(value: Any) -> Any:
    """A value without the members that mean nothing: those of a list come in any order."""
    if isinstance(value, dict):
        return {name: _meaning(held) for name, held in value.items() if name not in IGNORED}
    return [_meaning(held) for held in value] if isinstance(value, list) else value


def _key(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
