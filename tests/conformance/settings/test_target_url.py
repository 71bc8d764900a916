"""The URL of a target: http or https, with a host."""

from __future__ import annotations

import pytest

from conformance.settings.target_url import check_url


@pytest.mark.parametrize("url", ["http://host", "https://host:8443/scim/v2", "http://[::1]:80/"])
def test_http_urls_are_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", ["", "host", "ftp://host/", "http://", "https:///scim", "http://:80/", "http://[::1"])
def test_anything_else_is_rejected(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)
