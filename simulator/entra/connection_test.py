"""The connection test: somebody who does not exist is looked up, and Entra's verdict in words (entra.md 1.1)."""

from __future__ import annotations

import uuid

from simulator.entra import requests
from simulator.provisioning.answers import INCOMPATIBLE, Failed, listed
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange

INVALID_CREDENTIALS = "SystemForCrossDomainIdentityManagementInvalidCredentials"
_NAMESPACE = uuid.UUID("b1a7f4f4-51d0-4a5d-9f0a-3d2c8e7b6a10")


class ConnectionTestFailed(Exception):
    """The probe at the start of an activity failed: the job is quarantined. Holds the code and the exchange."""

    def __init__(self, code: str, message: str, exchange: Exchange) -> None:
        super().__init__(message)
        self.code = code
        self.exchange = exchange


async def probe(turn: Turn, *, seed: int, first: int, attribute: str, users: int, groups: bool) -> int:
    """Look up users, and a group, that do not exist; returns how many GUIDs were used. Raises ConnectionTestFailed."""
    wanted = [requests.probe_user(_guid(seed, first + number), attribute) for number in range(users)]
    if groups:
        wanted.append(requests.probe_group(_guid(seed, first + users)))
    for request in wanted:
        exchange = await turn.send(request)
        try:
            hits = listed(exchange)
        except Failed as failure:
            raise ConnectionTestFailed(*verdict(exchange, failure), exchange) from None
        if hits:
            turn.warn("ProbeFoundSomebody", "a random GUID was found: the target seems to ignore filters")
    return len(wanted)


def verdict(exchange: Exchange, failure: Failed) -> tuple[str, str]:
    """(error code, what an administrator is told) of a probe that was not answered with an empty list."""
    if exchange.status in (401, 403):
        return INVALID_CREDENTIALS, (
            f"Invalid credentials: the target answered {exchange.status}. Check the tenant URL and the secret token."
        )
    if exchange.status is None:
        return failure.code, f"The target cannot be reached: {exchange.failure}"
    if exchange.status == 404:
        return INCOMPATIBLE, (
            "The target answered 404 to a filter that finds nobody; a SCIM endpoint answers 200 with an empty list."
        )
    if exchange.status == 200:
        shown = exchange.response_body[:200].decode("utf-8", "replace")
        return INCOMPATIBLE, (
            f"The answer of the SCIM endpoint cannot be deserialized ({failure.reason}). It was: {shown}"
        )
    return failure.code, f"The connection test was answered {failure.reason}"


def _guid(seed: int, number: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{seed}/{number}"))
