"""Template filters that format times, durations, numbers, and names for the admin pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from reference_server.clock import read_moment
from reference_server.sync.plan import KINDS as RUN_KINDS

KINDS = {
    "created": "new account",
    "adopted": "account adopted",
    "updated": "account updated",
    "reactivated": "regains access",
    "deactivated": "loses access",
    "conflict": "conflict",
    "closed": "account deactivated",
}
COUNTED = {  # singular, plural
    "created": ("new account", "new accounts"),
    "adopted": ("account adopted", "accounts adopted"),
    "updated": ("account updated", "accounts updated"),
    "reactivated": ("regains access", "regain access"),
    "deactivated": ("loses access", "lose access"),
    "conflict": ("conflict", "conflicts"),
    "closed": ("account deactivated", "accounts deactivated"),
}
LABELS = {  # of the fields on the pages
    "name": "Name",
    "plan": "Plan",
    "since": "From",
    "until": "To",
    "page": "Page",
    "deprovisioning": "Deprovisioning",
    "window_start_hour": "First hour",
    "window_end_hour": "Last hour",
    "sync_every_minutes": "Minutes between full syncs",
    "deactivate_every_minutes": "Minutes between syncs of deactivated users",
    "brake": "When a sync would exceed a limit",
    "brake_users": "Limit (users)",
    "brake_percent": "Limit (percent of active accounts)",
}
ATTRIBUTES = {
    "email": "email",
    "user_name": "user name",
    "display_name": "display name",
    "roles": "roles",
    "sites": "site access",
    "boards": "board visibility",
    "status": "account",
}


def moment(value: datetime | str | None, otherwise: str = "never") -> str:
    """A date and time in UTC, such as `Mon 2 Mar 2026 06:00`. The page header states the time zone."""
    if value is None:
        return otherwise
    at = read_moment(value, UTC) if isinstance(value, str) else value.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y %H:%M}"


def clock_time(value: datetime | str) -> str:
    """A time of day in UTC, such as `06:00:12`."""
    at = read_moment(value, UTC) if isinstance(value, str) else value.astimezone(UTC)
    return f"{at:%H:%M:%S}"


def duration(minutes: int) -> str:
    """A duration, such as `59 h 59 min`, `12 min`, or `4 d 11 h`."""
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    days, hours_of_day = divmod(hours, 24)
    if days >= 4:
        return f"{days} d {hours_of_day} h"
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


def until(value: datetime, now: datetime) -> str:
    """The time left until a moment, such as `in 4 d 11 h`."""
    return f"in {duration(max(0, int((value - now).total_seconds() // 60)))}"


def number(value: int) -> str:
    """A number with thousands separators, such as `50,000`."""
    return f"{value:,}"


def value(held: Any) -> str:
    """A JSON value in words: `none` if there is none, a string as it is, anything else as JSON, such as `true`."""
    if held is None or held == "" or held == [] or held == {}:
        return "none"
    return held if isinstance(held, str) else json.dumps(held, ensure_ascii=False)


def label(name: str) -> str:
    """The label that the pages have for a field of the admin API."""
    return LABELS.get(name, name)


def in_labels(sentence: str) -> str:
    """A sentence about fields of the admin API with the labels that the pages have for these fields."""
    return re.sub(r"^\w+(?=:)|\b[a-z]+(?:_[a-z]+)+\b", lambda found: label(found[0]), sentence)


def kind(name: str) -> str:
    return KINDS.get(name, name)


def counted(count: int, name: str) -> str:
    """The words that follow a number, such as `lose access` after 2."""
    return COUNTED[name][count != 1]


def result(run: Mapping[str, Any]) -> str:
    """What a run did, such as `2 created, 1 conflict`."""
    found = [f"{number(run[name])} {name}" for name in RUN_KINDS if run[name]]
    conflicts = len(run["conflicts"])
    return ", ".join([*found, f"{number(conflicts)} {counted(conflicts, 'conflict')}"] if conflicts else found)


def attribute(name: str) -> str:
    return ATTRIBUTES.get(name, name)
