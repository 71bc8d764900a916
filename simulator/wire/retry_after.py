"""The `Retry-After` header: how long a server asks a client to wait (RFC 9110 section 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_SECONDS = 999_999_999  # more digits than this cannot be added to a date


def delay_seconds(header: str | None) -> int | None:
    """The delay of a header that is a number of seconds, at most 30 years; None for a date, other text, and no header."""
    text = (header or "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return int(text) if len(text) < 10 else MOST_SECONDS


def retry_after_seconds(header: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds to wait from `now` on, from a number of seconds or an HTTP date; negative for a date in the past.

    None where there is no header, and where it is neither of the two. Callers set their own default and bounds.
    """
    seconds = delay_seconds(header)
    if seconds is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime((header or "").strip())
    except (ValueError, TypeError, IndexError, OverflowError):  # the last for a year that no machine number holds
        return None
    # A date with the zone -0000 is parsed without a zone; HTTP dates are always in GMT (RFC 9110 section 5.6.7).
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - (now or datetime.now(UTC))).total_seconds()
