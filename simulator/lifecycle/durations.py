"""Durations as people write them in scenarios: 45m, 2h, 3d, 90s, and sums like 1d12h."""

from __future__ import annotations

from datetime import timedelta

import regex

_PART = regex.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta:
    """The duration; raises ValueError with what was expected."""
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError(f'a duration like 45m, 2h or 3d, got "{text}"')
    return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())


def shown(duration: timedelta) -> str:
    """The shortest way to write it."""
    seconds = int(duration.total_seconds())
    text = ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
