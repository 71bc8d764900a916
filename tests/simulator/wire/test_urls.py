"""A URL of a server is absolute, http or https, with a host and a usable port."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire.urls import BadUrl, http_url


@pytest.mark.parametrize(
    "text",
    ["http://host", "https://host/scim/v2", "http://host:8080/", "https://[::1]:443/scim", "HTTPS://host/scim?a=b#c"],
)
def test_usable_urls_are_parsed(text: str) -> None:
    assert http_url(text).hostname in ("host", "::1")


@pytest.mark.parametrize(
    "text",
    ["", "host/scim", "ftp://host", "http://", "http:///scim", "http://:80", "http://host:port", "http://[::1", "scim"],
)
def test_other_text_is_rejected_with_what_was_expected(text: str) -> None:
    with pytest.raises(BadUrl) as error:
        http_url(text)
    assert str(error.value) == f'expected http://host/path or https://host/path, got "{text}"'


@given(st.text())
def test_no_text_raises_any_other_error(text: str) -> None:
    with contextlib.suppress(BadUrl):
        http_url(text)
