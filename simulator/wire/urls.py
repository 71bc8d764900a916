"""Validates URLs of SCIM servers, and joins them so that every request goes to the origin of the base URL."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
# Scheme (absent in a network-path reference), authority, and the rest. A backslash ends the authority, because parsers
# disagree about it. In any case, the rest is sent to the authority of the base URL.
_WHOLE = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/?#\\]+)(.*)", re.DOTALL)

Origin = tuple[str, str, int]  # scheme, host, port
# What every command says of a `--url` without a token, after the name of the option.
TOKEN_MISSING = "missing; set the target's bearer token with --token or the environment variable SCIM_TOKEN"


class BadUrl(ValueError):
    """The string is not a valid http or https URL. The message states what was expected and what was found."""


class ForeignUrl(ValueError):
    """The URL is outside the base URL, so no request is sent to it. The message names both."""


def http_url(text: str) -> SplitResult:
    """Split an absolute http or https URL. Raises BadUrl.

    A port that is not a number, an incomplete IPv6 address, and a missing host are not valid.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise BadUrl(f'expected http://host/path or https://host/path, got "{text}"')
    return parts


def base_url(text: str) -> SplitResult:
    """Split the base URL of a SCIM server, which has no user, query, or fragment. Raises BadUrl."""
    parts = http_url(text)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadUrl("expected only scheme, host, and path; set the token with --token or SCIM_TOKEN")
    return parts


def token_trouble(token: str | None) -> str:
    """Why this token cannot be sent to a target, after the name of its option; empty if it can."""
    if not token:
        return TOKEN_MISSING
    usable = token.isascii() and token.isprintable() and " " not in token
    return "" if usable else "expected printable ASCII without spaces"


def origin_of(url: str) -> Origin:
    """The scheme, host, and port of an http or https URL. Raises BadUrl."""
    parts = http_url(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def joined(base_url: str, place: str) -> str:
    """The URL of `place`, which is a path under the base URL or an absolute URL of the same origin. Raises ForeignUrl.

    Absolute URLs come from targets and files. Their scheme, host, and port must equal the base URL's, because every request
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
        raise ForeignUrl(f"{place[:200]} has a different origin than the base URL {shown}; the request was not sent")
    return f"{root.scheme}://{root.netloc}{rest}"


def below(base_url: str, url: str) -> str:
    """The path and query of a URL under a base URL. Raises ForeignUrl for a URL elsewhere and BadUrl for an invalid URL."""
    root, parts = http_url(base_url), http_url(url)
    path, start = parts.path, root.path.rstrip("/")
    if origin_of(base_url) != origin_of(url) or not (path == start or path.startswith(start + "/")):
        raise ForeignUrl(f"{url[:200]} is not under the base URL {base_url[:200]}")
    return path.removeprefix(start) + (f"?{parts.query}" if parts.query else "")
