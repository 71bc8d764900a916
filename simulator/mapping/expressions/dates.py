"""Dates in mapping expressions: .NET format strings, VBA intervals, and Active Directory file times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import regex

from simulator.mapping.expressions.evaluation import ExpressionError, shown, text_of

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FILE_TIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
INTERVALS = ("yyyy", "m", "d", "ww", "h", "n", "s")
STYLES = frozenset(
    [
        "None",
        "AllowLeadingWhite",
        "AllowTrailingWhite",
        "AllowInnerWhite",
        "AllowWhiteSpaces",
        "NoCurrentDateDefault",
        "AdjustToUniversal",
        "AssumeLocal",
        "AssumeUniversal",
        "RoundtripKind",
    ]
)
_TOKEN = regex.compile(
    r"d{1,4}|f{1,7}|F{1,7}|g{1,2}|h{1,2}|H{1,2}|K|m{1,2}|M{1,4}|s{1,2}|t{1,2}|y{1,5}|z{1,3}"
    r"|\\.|'[^']*'|\"[^\"]*\"|%.|.",
    regex.S,
)
_GENERAL = regex.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}))"
    r"(?:[T ](?P<h>\d{1,2}):(?P<n>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,9}))?)?(?: ?(?P<t>AM|PM))?)?"
    r" ?(?P<z>Z|[+-]\d{2}:?\d{2})?",
    regex.I,
)


def moment_of(value: Any) -> datetime:
    """Parse a date in any of the usual formats, as UTC; a date without an offset is UTC. Raises ExpressionError."""
    found = _GENERAL.fullmatch(text_of(value).strip())
    if not found:
        raise ExpressionError(f"expected a date such as 2020-03-16-07:00 or 3/16/2020 7:00:00 AM, got {shown(value)}")
    part = found.groupdict()
    try:
        return _moment({key: held for key, held in part.items() if held is not None}).astimezone(UTC)
    except ValueError:
        raise ExpressionError(f"expected a day of the calendar, got {shown(value)}") from None


def general_text(moment: datetime) -> str:
    """`M/d/yyyy h:mm:ss tt` in UTC, which CDate, DateAdd and Now return."""
    return formatted(moment.astimezone(UTC), "M/d/yyyy h:mm:ss tt")


def formatted(moment: datetime, pattern: str) -> str:
    """Format a date and time with a .NET custom format string."""
    return "".join(_written(moment, token) for token in _TOKEN.findall(pattern))


def parsed(text: str, pattern: str, styles: str | None) -> datetime:
    """Parse a date and time with a .NET custom format string. Raises ExpressionError."""
    chosen = {part.strip() for part in styles.split(",")} if styles else {"AllowLeadingWhite", "AllowTrailingWhite"}
    unknown = chosen - STYLES
    if unknown:
        raise ExpressionError(f"unknown DateTimeStyles value {shown(min(unknown))}")
    if chosen & {"AllowLeadingWhite", "AllowWhiteSpaces"}:
        text = text.lstrip()
    if chosen & {"AllowTrailingWhite", "AllowWhiteSpaces"}:
        text = text.rstrip()
    found = regex.fullmatch("".join(_matcher(token) for token in _TOKEN.findall(pattern)), text, regex.I)
    if not found:
        raise ExpressionError(f"expected a date in the format {shown(pattern)}, got {shown(text)}")
    part = {key: held for key, held in found.groupdict().items() if held is not None}
    try:
        moment = _moment(part)
    except ValueError:
        raise ExpressionError(f"expected a day of the calendar, got {shown(text)}") from None
    return moment.astimezone(UTC) if "AdjustToUniversal" in chosen else moment


def added(interval: str, count: int, moment: datetime) -> datetime:
    """VBA's DateAdd. Adding months or years keeps the day, or uses the last day of the month."""
    _known(interval)
    if interval in ("yyyy", "m"):
        months = moment.year * 12 + moment.month - 1 + (count * 12 if interval == "yyyy" else count)
        first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(moment.day, last.day))
    names = {"d": "days", "ww": "weeks", "h": "hours", "n": "minutes", "s": "seconds"}
    return moment + timedelta(**{names[interval]: count})


def between(interval: str, first: datetime, second: datetime) -> int:
    """VBA's DateDiff.

    Years, months, and weeks (from Sunday) count calendar boundaries; other intervals count whole units.
    """
    _known(interval)
    if interval == "yyyy":
        return second.year - first.year
    if interval == "m":
        return (second.year - first.year) * 12 + second.month - first.month
    if interval == "ww":
        sundays = [moment.date() - timedelta(days=moment.isoweekday() % 7) for moment in (first, second)]
        return (sundays[1] - sundays[0]).days // 7
    return int((second - first).total_seconds() / {"d": 86_400, "h": 3_600, "n": 60, "s": 1}[interval])


def from_file_time(ticks: int) -> datetime:
    """Convert an Active Directory file time: 100-nanosecond intervals since 1601."""
    return FILE_TIME_EPOCH + timedelta(microseconds=ticks // 10)


def to_file_time(moment: datetime) -> int:
    return (moment - FILE_TIME_EPOCH) // timedelta(microseconds=1) * 10


def _known(interval: str) -> None:
    if interval not in INTERVALS:
        raise ExpressionError(f"expected one of the intervals {', '.join(INTERVALS)}, got {shown(interval)}")


def _moment(part: dict[str, str]) -> datetime:
    hour = int(part.get("h", part.get("H", 0)))
    half = part.get("t", "").upper()[:1]
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    month = part.get("m", "1")
    number = int(month) if month.isdigit() else _index(MONTHS, month) + 1
    year = int(part.get("y", 1))
    if len(part.get("y", "")) <= 2 and "y" in part:
        year += 2000 if year < 50 else 1900
    fraction = int(f"{part.get('f', '0'):0<6}"[:6])
    numbers = (year, number, int(part.get("d", 1)), hour, int(part.get("n", 0)), int(part.get("s", 0)), fraction)
    return datetime(*numbers, tzinfo=_offset(part.get("z", "Z")))


def _offset(text: str) -> timezone:
    if text.upper() == "Z":
        return UTC
    digits = f"{text[1:].replace(':', ''):0>2}"
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-span if text[0] == "-" else span)


def _index(names: list[str], text: str) -> int:
    return next(number for number, name in enumerate(names) if name[: len(text)].lower() == text.lower())


def _written(moment: datetime, token: str) -> str:
    kind, size = token[0], len(token)
    if kind in "\\%" and size == 2:
        return _written(moment, token[1]) if kind == "%" else token[1]
    if kind in "'\"":
        return token[1:-1]
    if kind in "dM" and size > 2:
        name = MONTHS[moment.month - 1] if kind == "M" else DAYS[moment.weekday()]
        return name if size == 4 else name[:3]
    if kind in "fF":
        digits = f"{moment.microsecond:06d}0"[:size]
        return digits.rstrip("0") if kind == "F" else digits
    if kind == "t":
        return ("AM" if moment.hour < 12 else "PM")[:size]
    if kind in "Kz":
        return _zone(moment, size if kind == "z" else 3, bare=kind == "K")
    if kind == "g":
        return "A.D."
    if kind == "y":
        return f"{moment.year % 100:0{size}d}" if size <= 2 else f"{moment.year:0{size}d}"
    number = {"d": moment.day, "M": moment.month, "h": moment.hour % 12 or 12, "H": moment.hour, "m": moment.minute}
    number["s"] = moment.second
    return f"{number[kind]:0{size}d}" if kind in number else token


def _zone(moment: datetime, size: int, *, bare: bool) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if bare and minutes == 0:
        return "Z"
    sign, minutes = ("-" if minutes < 0 else "+"), abs(minutes)
    hours = f"{minutes // 60:02d}" if size > 1 else str(minutes // 60)
    return f"{sign}{hours}:{minutes % 60:02d}" if size == 3 else f"{sign}{hours}"


def _matcher(token: str) -> str:
    """The regular expression for one token of a format string."""
    kind, size = token[0], len(token)
    if kind in "\\%" and size == 2:
        return regex.escape(token[1]) if kind == "\\" else _matcher(token[1])
    if kind in "'\"":
        return regex.escape(token[1:-1])
    if kind == "d" and size > 2:
        return f"(?:{'|'.join(name if size == 4 else name[:3] for name in DAYS)})"
    if kind == "M" and size > 2:
        return f"(?P<m>{'|'.join(name if size == 4 else name[:3] for name in MONTHS)})"
    if kind in "fF":
        return rf"(?P<f>\d{{{size}}})" if kind == "f" else rf"(?P<f>\d{{0,{size}}})"
    if kind in "dMhHms":
        name = {"M": "m", "m": "n"}.get(kind, kind)
        return rf"(?P<{name}>\d{{{2 if size == 2 else '1,2'}}})"
    patterns = {"t": r"(?P<t>AM?|PM?)", "K": r"(?P<z>Z|[+-]\d\d:\d\d)?", "z": r"(?P<z>[+-]\d{1,2}(?::?\d\d)?)"}
    if kind == "y":
        return rf"(?P<y>\d{{{max(size, 2) if size != 1 else '1,2'}}})"
    return patterns.get(kind, regex.escape(token) if kind != "g" else "A\\.?D\\.?")
