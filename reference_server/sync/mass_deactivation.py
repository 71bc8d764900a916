"""The brake on mass deactivation, pure: how many would lose their account, and what the connection's admin wants then.

Entra stops deletions beyond a threshold and asks ("accidental deletions prevention"); here it is deactivations, since that is
what a wrong filter in the provider does first.
"""

from __future__ import annotations

from typing import Protocol

SMALLEST_TEAM = 10  # below it a percentage says nothing


class BrakeSettings(Protocol):
    """The settings that make the brake."""

    @property
    def brake(self) -> str: ...
    @property
    def brake_users(self) -> int: ...
    @property
    def brake_percent(self) -> int: ...


def warning(settings: BrakeSettings, leaving: int, active: int) -> str | None:
    """One sentence when a run would deactivate more than the limits, else None; `active` are the accounts before it."""
    if settings.brake == "off":
        return None
    if leaving > settings.brake_users:
        return f"{leaving:,} people would be deactivated; the limit is {settings.brake_users:,}"
    if active >= SMALLEST_TEAM and leaving * 100 > settings.brake_percent * active:
        return f"{leaving:,} of {active:,} people would be deactivated; the limit is {settings.brake_percent} %"
    return None
