"""WWW-Authenticate is read as RFC 9110 section 11.6.1 writes it."""

from __future__ import annotations

import pytest

from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.challenges import Challenge, bearer_challenge, challenges
from tests.conformance.answers import answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bearer", [Challenge("Bearer")]),
        ('Bearer realm="a, b"', [Challenge("Bearer", [("realm", '"a, b"')])]),
        (
            'Basic realm="a", Bearer realm="b", Error=c',
            [Challenge("Basic", [("realm", '"a"')]), Challenge("Bearer", [("realm", '"b"'), ("error", "c")])],
        ),
        ("Negotiate, Basic", [Challenge("Negotiate"), Challenge("Basic")]),
        ("", []),
    ],
)
def test_challenges_are_distinguished(text: str, expected: list[Challenge]) -> None:
    assert challenges(text) == expected


def test_a_parameter_is_found_without_its_quotes() -> None:
    (found,) = challenges('Bearer realm="b", ERROR=invalid_token')
    assert (found.values("realm"), found.values("error"), found.values("scope")) == (["b"], ["invalid_token"], [])


def test_a_rejection_needs_a_bearer_challenge() -> None:
    assert bearer_challenge(answer(401, www_authenticate="Basic, bearer")).scheme == "bearer"
    with pytest.raises(NotOffered):
        bearer_challenge(answer(401))
    with pytest.raises(Finding, match="without a valid token"):
        bearer_challenge(answer(200, {}))
