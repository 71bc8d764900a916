"""Turns a recording into journeys. An event stream of `check-client` has one for each situation; any other recording has one."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.client.journey import RECORDING, Journey
from conformance.client.sent import Sent
from conformance.target.discovery import Target
from simulator.wire.exchange import Exchange


def journeys_of(base_url: str, exchanges: Iterable[Exchange], target: Target) -> list[Journey]:
    """The journeys of a recording. `base_url` is its base URL, unless its requests name the base URL of their situation."""
    found: dict[str, Journey] = {}
    for exchange in exchanges:
        situation, base = exchange.cause.get("situation", ""), exchange.cause.get("base_url", "")
        if not (situation and base):
            situation, base = RECORDING, base_url
        journey = found.setdefault(situation, Journey(situation, base, target))
        journey.sent.append(Sent(exchange, base, cut="cut" in exchange.cause))
    return list(found.values())
