"""The connection test: Entra looks up users and a group that do not exist (docs/notes/entra.md 1.1)."""

from __future__ import annotations

import uuid

from simulator.entra import requests
from simulator.provisioning.answers import Failed, connection_test_failed, listed
from simulator.provisioning.turn import Turn

_NAMESPACE = uuid.UUID("b1a7f4f4-51d0-4a5d-9f0a-3d2c8e7b6a10")


async def probe(turn: Turn, *, seed: int, first: int, attribute: str, users: int, groups: bool) -> int:
    """Look up users and a group that do not exist.

    Returns the number of GUIDs that were used. Raises ConnectionTestFailed.
    """
    wanted = [requests.probe_user(_guid(seed, first + number), attribute) for number in range(users)]
    if groups:
        wanted.append(requests.probe_group(_guid(seed, first + users)))
    for request in wanted:
        exchange = await turn.send(request)
        try:
            hits = listed(exchange)
        except Failed as failure:
            raise connection_test_failed(exchange, failure) from None
        if hits:
            turn.warn(
                "ProbeFoundSomebody",
                "the target found a user or group with a random GUID, so it probably ignores filters",
            )
    return len(wanted)


def _guid(seed: int, number: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{seed}/{number}"))
