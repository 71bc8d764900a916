"""What an admin may choose for a connection: every setting once, with its default and what is expected of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from reference_server.service.group_access import GRANTS
from reference_server.service.tenants import Refused

DEPROVISIONING = ("immediate", "on_sync")
BRAKES = ("warn", "stop", "off")


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Minutes and hours are UTC; both ends of the window are included."""

    deprovisioning: str = "immediate"  # access goes with the SCIM write; on_sync: everything waits for the schedule
    sync_every_minutes: int = 60
    deactivate_every_minutes: int = 15
    window_start_hour: int = 6
    window_end_hour: int = 18
    brake: str = "warn"  # what a run does that would deactivate more than the two limits below
    brake_users: int = 500  # as Entra's accidental-deletion threshold
    brake_percent: int = 30  # of the connection's active accounts, from ten people on
    adopt: bool = True  # whether an existing account with the same e-mail becomes the provider's
    group_mappings: dict[str, dict[str, list[str]]] | None = None  # group id or name → roles, sites, boards
    personal_data: bool = False  # whether audit and traffic show values, not only names
    me: str | None = None  # the user that /Me stands for


NAMES = tuple(field.name for field in fields(ConnectionSettings))


def merge_settings(held: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The stored settings with some changed; raises Refused for an unknown or unfit one."""
    for name, value in wanted.items():
        if name not in NAMES:
            raise Refused(f"{name}: no such setting; expected one of {', '.join(NAMES)}")
        is_fit, expected = _EXPECTED[name]
        if not is_fit(value):
            got = f'; got "{value}"' if isinstance(value, str) else ""
            raise Refused(f"{name}: expected {expected}{got}")
    merged = {**held, **wanted}
    settings = ConnectionSettings(**merged)
    if settings.window_start_hour > settings.window_end_hour:
        raise Refused("window_start_hour: expected an hour that is not after window_end_hour")
    return merged


def _is_mappings(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(_is_grants(grants) for grants in value.values()))


def _is_grants(grants: Any) -> bool:
    return (
        isinstance(grants, dict)
        and set(grants) <= set(GRANTS)
        and all(isinstance(names, list) and all(isinstance(n, str) for n in names) for names in grants.values())
    )


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_MINUTES = (_whole(1, 1440), "minutes from 1 to 1440")
_HOUR = (_whole(0, 23), "an hour from 0 to 23")
_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "deprovisioning": (lambda value: value in DEPROVISIONING, f"one of {', '.join(DEPROVISIONING)}"),
    "sync_every_minutes": _MINUTES,
    "deactivate_every_minutes": _MINUTES,
    "window_start_hour": _HOUR,
    "window_end_hour": _HOUR,
    "brake": (lambda value: value in BRAKES, f"one of {', '.join(BRAKES)}"),
    "brake_users": (_whole(0, 10_000_000), "a number of users"),
    "brake_percent": (_whole(0, 100), "a percentage from 0 to 100"),
    "adopt": (_is_bool, "true or false"),
    "group_mappings": (_is_mappings, "{group: {roles: [...], sites: [...], boards: [...]}}"),
    "personal_data": (_is_bool, "true or false"),
    "me": (lambda value: value is None or isinstance(value, str), "a userName, or null"),
}
