"""The `Retry-After` header: how long a server asks a client to wait (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_SECONDS = 999_999_999  # more digits than this cannot be added to a date


def delay_seconds(header: str | None) -> int | None:
    """The delay if the header is a number of seconds, at most about 30 years. None for a date, other text, and no header."""
    text = (header or "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return int(text) if len(text) < 10 else MOST_SECONDS


def retry_after_seconds(header: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds to wait from `now`, given as a number or an HTTP date. Negative for a date in the past.

    None if there is no header or if it is neither a number nor a date. Callers set their own default and limits.
    """
    seconds = delay_seconds(header)
    if seconds is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime((header or "").strip())
    except (
        ValueError,
        TypeError,
        IndexError,
        OverflowError,
    ):  # OverflowError: a year that does not fit into a machine integer
        return None
    # A date with the zone -0000 is parsed without a zone; HTTP dates are always in GMT (RFC 9110 section 5.6.7).
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - (now or datetime.now(UTC))).total_seconds()
