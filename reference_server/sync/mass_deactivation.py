"""The mass deactivation limit as a pure function.

Entra has the same protection for deletions ("accidental deletions prevention"). Here it applies to deactivations, because they
are the first effect of a wrong scoping filter in the provider.
"""

from __future__ import annotations

from typing import Protocol

SMALLEST_TEAM = 10  # a percentage of fewer accounts is meaningless


class BrakeSettings(Protocol):
    """The settings of the limit."""

    @property
    def brake(self) -> str: ...
    @property
    def brake_users(self) -> int: ...
    @property
    def brake_percent(self) -> int: ...


def warning(settings: BrakeSettings, leaving: int, active: int) -> str | None:
    """A warning if a run would exceed a limit, else None; `active` is the number of active accounts before the run."""
    if settings.brake == "off":
        return None
    if leaving > settings.brake_users:
        users = "user" if leaving == 1 else "users"
        return f"Deactivating {leaving:,} {users} exceeds the limit of {settings.brake_users:,}"
    if active >= SMALLEST_TEAM and leaving * 100 > settings.brake_percent * active:
        return f"Deactivating {leaving:,} of {active:,} users exceeds the limit of {settings.brake_percent}%"
    return None
