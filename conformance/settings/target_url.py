"""The URL of a target: http or https, with a host."""

from __future__ import annotations

from urllib.parse import urlsplit


def check_url(url: str) -> None:
    """Raises ValueError with a line for the user."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'expected http://host/path or https://host/path, got "{url}"')
