"""Durations in scenarios: 45m, 2h, 3d, 90s, and sums such as 1d12h."""

from __future__ import annotations

from datetime import timedelta

import regex

LONGEST = timedelta(days=36_600)
_PART = regex.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta:
    """Parse a duration of at most 100 years. Raises ValueError with what was expected."""
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError(f'a duration such as 45m, 2h, or 3d, got "{text}"')
    try:
        found = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
    except (OverflowError, ValueError):
        found = timedelta.max
    if found > LONGEST:
        raise ValueError(f'a duration of at most {LONGEST.days}d, got "{text[:60]}"')
    return found


def shown(duration: timedelta) -> str:
    """The duration in its shortest notation."""
    seconds = int(duration.total_seconds())
    text = ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
