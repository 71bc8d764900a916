"""Versions: meta.version as a weak ETag, If-Match, and If-None-Match (RFC 7644 section 3.14, RFC 9110 section 13)."""

from __future__ import annotations

from reference_server.scim.errors import PreconditionFailed


def check_preconditions(matching: str | None, unless: str | None, version: str) -> None:
    """Raise PreconditionFailed unless an existing resource satisfies If-Match (`matching`) and If-None-Match (`unless`)."""
    if matching is not None and not names_version(matching, version):
        raise PreconditionFailed(f"the resource has changed; its version is {version}")
    if unless is not None and names_version(unless, version):
        raise PreconditionFailed(f"the resource exists with version {version}, which If-None-Match excludes")


def names_version(header: str, version: str) -> bool:
    """Whether a list of entity tags, or `*`, matches an existing resource. Weak tags match, as in RFC 7644 section 3.14."""
    if header.strip() == "*":
        return True
    return _opaque(version) in (_opaque(tag) for tag in header.split(","))


def _opaque(tag: str) -> str:
    tag = tag.strip()
    return tag[2:] if tag.startswith("W/") else tag  # RFC 9110 section 8.8.3: in upper case
