"""URLs of single resources: an id becomes one path segment, and any other URL is never deleted."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

PLAIN = "!$&'()*+,;=:@-._~"  # characters that a path segment contains unencoded (RFC 3986 section 3.3)


def segment(id_: Any) -> str:
    """An id as a path segment; empty for anything that cannot be one: no string, an empty string, `.`, or `..`."""
    if not isinstance(id_, str) or not id_.strip() or id_ in (".", ".."):
        return ""
    return quote(id_, safe=PLAIN)


def is_resource(base_url: str, endpoint: str, url: str) -> bool:
    """Whether the URL is that of one resource below an endpoint: exactly one segment that can be an id."""
    start = f"{base_url}{endpoint}/"
    rest = url[len(start) :] if url.startswith(start) else ""
    return bool(rest) and not urlsplit(url).query and "/" not in rest and bool(segment(unquote(rest)))
