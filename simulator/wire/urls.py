"""URLs of SCIM servers: checked before the first request, and joined so that a request never leaves the base URL's origin."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
# Scheme (missing in a network-path reference), authority, and the rest. A backslash ends the authority: parsers disagree
# about it, and the rest is sent to the base URL's own authority in any case.
_WHOLE = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#\\]+)(.*)", re.DOTALL)

Origin = tuple[str, str, int]  # scheme, host, port


class BadUrl(ValueError):
    """The text is not a usable http or https URL; the message says what was expected and what was found."""


class ForeignUrl(ValueError):
    """The URL lies outside the base URL, so no request is sent there; the message names both."""


def http_url(text: str) -> SplitResult:
    """The parts of an absolute http or https URL; raises BadUrl.

    A port that is not a number, half an IPv6 address, and a missing host are not usable.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise BadUrl(f'expected http://host/path or https://host/path, got "{text}"')
    return parts


def origin_of(url: str) -> Origin:
    """Scheme, host, and port of an http or https URL; raises BadUrl."""
    parts = http_url(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def joined(base_url: str, place: str) -> str:
    """The URL of a place: a path below the base URL, or a whole URL of the same origin; raises ForeignUrl.

    Whole URLs come from targets and files. Their scheme, host, and port must equal the base URL's, because every request
    carries the credentials of the base URL.
    """
    whole = _WHOLE.match(place)
    if whole is None:
        return base_url + place if place[:1] in ("/", "?", "") else f"{base_url}/{place}"
    root = urlsplit(base_url)
    scheme, authority, rest = whole[1] or root.scheme, whole[2], whole[3].partition("#")[0]
    try:
        own = "@" not in authority and origin_of(f"{scheme}://{authority}") == origin_of(base_url)
    except BadUrl:
        own = False
    if not own or rest[:1] not in ("/", "?", ""):
        shown = f"{root.scheme}://{root.netloc.rpartition('@')[2]}"
        raise ForeignUrl(f"{place[:200]} names another origin than the base URL {shown}; no request is sent there")
    return f"{root.scheme}://{root.netloc}{rest}"


def below(base_url: str, url: str) -> str:
    """The path (with query) of a URL below a base URL; raises ForeignUrl for a URL elsewhere and BadUrl for no URL."""
    root, parts = http_url(base_url), http_url(url)
    path, start = parts.path, root.path.rstrip("/")
    if origin_of(base_url) != origin_of(url) or not (path == start or path.startswith(start + "/")):
        raise ForeignUrl(f"{url[:200]} is not below the base URL {base_url[:200]}")
    return path.removeprefix(start) + (f"?{parts.query}" if parts.query else "")
