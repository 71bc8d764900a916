"""Query parameters: decoded once, without case, and never twice."""

from __future__ import annotations

import pytest

from reference_server.endpoints.call import parse_parameters
from reference_server.scim.errors import InvalidSyntax, InvalidValue


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"filter=userName+eq+%22a%2Bb%22", {"filter": 'userName eq "a+b"'}),
        (b"COUNT=5&startIndex=1", {"count": "5", "startindex": "1"}),
        (b"aadOptscim062020&filter=a&", {"filter": "a"}),
        (b"fi%6Cter=a", {"filter": "a"}),
        (b"filter=a%3Db=c", {"filter": "a=b=c"}),
        (b"", {}),
    ],
)
def test_parameters(raw: bytes, found: dict[str, str]) -> None:
    assert parse_parameters(raw) == found


def test_a_parameter_given_twice_is_rejected() -> None:
    with pytest.raises(InvalidValue, match="more than once"):
        parse_parameters(b"filter=a&FILTER=b")


@pytest.mark.parametrize("raw", [b"filter=%ff", b"filter=\xff"])
def test_bytes_that_are_no_utf_8_are_rejected(raw: bytes) -> None:
    with pytest.raises(InvalidSyntax):
        parse_parameters(raw)
