"""Versions in If-Match and If-None-Match (RFC 7644 section 3.14)."""

from __future__ import annotations

import pytest

from reference_server.scim.version import if_match, if_none_match


@pytest.mark.parametrize(
    ("header", "matches"),
    [('W/"3"', True), ('"3"', True), ('W/"2"', False), ("*", True), ('W/"1", W/"3"', True), ("", False), ("3", False)],
)
def test_versions_match(header: str, matches: bool) -> None:
    assert if_match(header, 'W/"3"') is matches
    assert if_none_match(header, 'W/"3"') is matches
