"""The settings of a connection with their defaults and accepted values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from reference_server.service.group_access import GRANTS
from reference_server.service.tenants import Invalid

DEPROVISIONING = ("immediate", "on_sync")
BRAKES = ("warn", "stop", "off")


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """The settings of a connection. Hours are in UTC, and the window includes its first and last hour."""

    deprovisioning: str = "immediate"  # the SCIM write also revokes access; on_sync: the next sync does
    sync_every_minutes: int = 60
    deactivate_every_minutes: int = 15
    window_start_hour: int = 6
    window_end_hour: int = 18
    brake: str = "warn"  # what a run does if it would exceed one of the two limits below
    brake_users: int = 500  # the default of Entra's threshold for accidental deletions
    brake_percent: int = 30  # of the connection's active accounts, if there are at least ten
    adopt: bool = True  # whether a user is linked to an existing account with the same email address
    group_mappings: dict[str, dict[str, list[str]]] | None = None  # group id or name → roles, sites, boards
    personal_data: bool = False  # whether audit and traffic show values, not only names
    me: str | None = None  # the userName of the user that /Me refers to


NAMES = tuple(field.name for field in fields(ConnectionSettings))


def merge_settings(held: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The stored settings with changes; raises Invalid for an unknown setting or an invalid value."""
    for name, value in wanted.items():
        if name not in NAMES:
            raise Invalid(f"{name}: unknown setting; expected one of {', '.join(NAMES)}")
        is_fit, expected = _EXPECTED[name]
        if not is_fit(value):
            got = f'; got "{value}"' if isinstance(value, str) else f"; got {value}" if type(value) is int else ""
            raise Invalid(f"{name}: expected {expected}{got}")
    merged = {**held, **wanted}
    settings = ConnectionSettings(**merged)
    if settings.window_start_hour > settings.window_end_hour:
        raise Invalid("window_start_hour: expected an hour not later than window_end_hour")
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


_MINUTES = (_whole(1, 1440), "a number of minutes from 1 to 1440")
_HOUR = (_whole(0, 23), "an hour from 0 to 23")
_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "deprovisioning": (lambda value: value in DEPROVISIONING, f"one of {', '.join(DEPROVISIONING)}"),
    "sync_every_minutes": _MINUTES,
    "deactivate_every_minutes": _MINUTES,
    "window_start_hour": _HOUR,
    "window_end_hour": _HOUR,
    "brake": (lambda value: value in BRAKES, f"one of {', '.join(BRAKES)}"),
    "brake_users": (_whole(0, 10_000_000), "a number of users from 0 to 10,000,000"),
    "brake_percent": (_whole(0, 100), "a percentage from 0 to 100"),
    "adopt": (_is_bool, "true or false"),
    "group_mappings": (
        _is_mappings,
        "an object of the form {group: {roles: [...], sites: [...], boards: [...]}}, or null",
    ),
    "personal_data": (_is_bool, "true or false"),
    "me": (lambda value: value is None or isinstance(value, str), "a userName, or null"),
}
