"""How pages say moments, lengths of time and names of things; filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime

from reference_server.clock import read_moment

KINDS = {
    "created": "gets an account",
    "adopted": "adopted",
    "updated": "updated",
    "reactivated": "gets access again",
    "deactivated": "loses access",
    "conflict": "conflict",
    "closed": "account closes",
}
COUNTED = {  # one, many
    "created": ("gets an account", "get an account"),
    "adopted": ("is adopted", "are adopted"),
    "updated": ("is updated", "are updated"),
    "reactivated": ("gets access again", "get access again"),
    "deactivated": ("loses access", "lose access"),
    "conflict": ("conflict", "conflicts"),
    "closed": ("account closes", "accounts close"),
}
ATTRIBUTES = {
    "email": "e-mail",
    "user_name": "user name",
    "display_name": "display name",
    "roles": "roles",
    "sites": "site access",
    "boards": "board visibility",
    "status": "account",
}


def moment(value: datetime | str | None, otherwise: str = "never") -> str:
    """`Mon 2 Mar 2026 06:00`; times on the pages are UTC, which the page says once."""
    if value is None:
        return otherwise
    at = read_moment(value, UTC) if isinstance(value, str) else value.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"


def clock_time(value: datetime | str) -> str:
    """`06:00:12`."""
    at = read_moment(value, UTC) if isinstance(value, str) else value.astimezone(UTC)
    return f"{at:%H:%M:%S}"


def duration(minutes: int) -> str:
    """`59 h 59 min`, `12 min`, `2 d 11 h`."""
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(minutes, 60)
    days, hours_of_day = divmod(hours, 24)
    if days >= 4:
        return f"{days} d {hours_of_day} h"
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def until(value: datetime, now: datetime) -> str:
    """`in 2 d 11 h`."""
    return f"in {duration(max(0, int((value - now).total_seconds() // 60)))}"


def number(value: int) -> str:
    """`50,000`."""
    return f"{value:,}"


def kind(name: str) -> str:
    return KINDS.get(name, name)


def counted(count: int, name: str) -> str:
    """`2 lose access`, without the number."""
    return COUNTED[name][count != 1]


def attribute(name: str) -> str:
    return ATTRIBUTES.get(name, name)
