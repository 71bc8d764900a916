"""Versions: meta.version as a weak ETag, If-Match, and If-None-Match (RFC 7644 section 3.14, RFC 9110 section 13)."""

from __future__ import annotations


def if_match(header: str, version: str) -> bool:
    """Whether an If-Match header matches an existing resource. Weak tags match, as in RFC 7644 section 3.14."""
    return _listed(header, version)


def if_none_match(header: str, version: str) -> bool:
    """Whether an If-None-Match header contains the current version, so that a GET returns 304."""
    return _listed(header, version)


def _listed(header: str, version: str) -> bool:
    if header.strip() == "*":
        return True
    return _opaque(version) in (_opaque(tag) for tag in header.split(","))


def _opaque(tag: str) -> str:
    tag = tag.strip()
    return tag[2:] if tag[:2] in ("W/", "w/") else tag
