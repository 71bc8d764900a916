"""Versions in If-Match and If-None-Match (RFC 7644 section 3.14)."""

from __future__ import annotations

import pytest

from reference_server.scim.errors import PreconditionFailed
from reference_server.scim.version import check_preconditions, names_version

TAGS = [
    ('W/"3"', True),
    ('"3"', True),
    ('W/"2"', False),
    ("*", True),
    (" * ", True),
    ('W/"1", W/"3"', True),
    ('W/"1","3"', True),
    ('W/"1", W/"2"', False),
    ('w/"3"', False),
    ('W/"*"', False),
    ("", False),
    ("3", False),
]


@pytest.mark.parametrize(("header", "matches"), TAGS)
def test_versions_match(header: str, matches: bool) -> None:
    assert names_version(header, 'W/"3"') is matches


@pytest.mark.parametrize(("header", "matches"), TAGS)
def test_a_change_needs_a_match_or_none(header: str, matches: bool) -> None:
    check_preconditions(header if matches else None, None if matches else header, 'W/"3"')
    with pytest.raises(PreconditionFailed, match='W/"3"'):
        check_preconditions(None if matches else header, header if matches else None, 'W/"3"')


def test_if_match_is_evaluated_first() -> None:
    with pytest.raises(PreconditionFailed, match="has changed"):
        check_preconditions('"1"', "*", 'W/"3"')
