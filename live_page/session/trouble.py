"""Faults of the network and of the target that can be switched on and off while requests are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words: what happens, and what to look for. `once` marks one that happens and is over."""

    title: str
    what: str
    look: str
    once: bool = False
    embedded_only: bool = False


FAULTS = {
    "target_down": Fault(
        "Target is down",
        "No request gets a response.",
        "The connection test of the next cycle fails, and the job goes into quarantine.",
    ),
    "target_throttles": Fault(
        "Target throttles",
        "Every second request gets 429 with Retry-After.",
        "The affected users fail in this cycle and are retried in the next one.",
    ),
    "target_errors": Fault(
        "Errors before the write",
        "Requests get 500, and the target never sees them.",
        "The change waits in escrow and is sent again.",
    ),
    "target_errors_after": Fault(
        "Errors after the write",
        "The target carries the write out, but the provider sees 500.",
        "The provider repeats the write. A repeated POST must not create a second user.",
    ),
    "target_loses_replies": Fault(
        "Lost replies",
        "The target carries the write out, but the connection closes before the response.",
        "As with errors after the write, the provider does not know whether its write was carried out.",
    ),
    "target_loses_writes": Fault(
        "Lost writes",
        "PATCH, PUT, and DELETE get 204, but nothing is stored.",
        "The provider believes in success. Only the comparison with the directory finds the difference.",
    ),
    "target_slow": Fault(
        "Target is slow",
        "Responses take up to twice the provider's timeout, on virtual time.",
        "Some writes are carried out although the provider saw a timeout, and cycles take longer.",
    ),
    "token_rotated": Fault(
        "Token is rejected",
        "Every request gets 401.",
        "The job goes into quarantine until the token works again.",
    ),
    "target_killed": Fault(
        "Target is killed",
        "The embedded server is killed while it handles the next request, and restarted.",
        "Nothing that it confirmed may be lost.",
        once=True,
        embedded_only=True,
    ),
}


def faults_shown(play: Playthrough) -> dict[str, Any]:
    """Every fault with its state, and what the provider knows of it."""
    simulation = play.simulation
    on = set(simulation.faults)
    quarantine = simulation.job.state.quarantine
    return {
        "faults": [
            {
                "name": name,
                "title": fault.title,
                "what": fault.what,
                "look": fault.look,
                "once": fault.once,
                "on": name in on,
                "possible": play.access.embedded or not fault.embedded_only,
                "hits": simulation.hits_of(name),
            }
            for name, fault in FAULTS.items()
        ],
        "quarantine": None if quarantine is None else quarantine.to_json(),
        "escrowed": len(simulation.job.state.escrows),
        "differences": [dict(event) for event in play.recording.differences()[:100]],
        "verified": play.recording.verified,
    }


async def switch(play: Playthrough, name: str, *, on: bool, share: Any = None) -> None:
    """Turn a fault on or off. Raises Problem."""
    fault = FAULTS.get(name)
    if fault is None or (fault.embedded_only and not play.access.embedded):
        raise Problem("This fault is not possible with this target.")
    if not on:
        await play.simulation.turn_off(name)
        return
    if share is not None and not (isinstance(share, int | float) and 0 < share <= 1):
        raise Problem("Expected a share from 1 to 100 percent.")
    detail: dict[str, Any] = {} if share in (None, 1) else {"share": share}
    if fault.once:
        await play.simulation.apply(name, detail=detail)
    else:
        await play.simulation.turn_on(name, detail)
