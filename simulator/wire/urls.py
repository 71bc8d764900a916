"""URLs of SCIM servers as users write them: checked before the first request."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


class BadUrl(ValueError):
    """The text is not a usable http or https URL; the message says what was expected and what was found."""


def http_url(text: str) -> SplitResult:
    """The parts of an absolute http or https URL; raises BadUrl.

    A port that is not a number, half an IPv6 address, and a missing host are not usable.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise BadUrl(f'expected http://host/path or https://host/path, got "{text}"')
    return parts
