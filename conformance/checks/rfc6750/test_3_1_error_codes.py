"""RFC 6750 section 3.1: the error codes in a challenge."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.challenges import asked, bearer_challenge


@requirement(
    "RFC6750-3.1-02", "RFC6750-3-07", level="cosmetic", consequence="A client does not learn that it needs a new token."
)
@pytest.mark.parametrize(
    "token", ["scimulator-wrong-Qz7vXw93KdLm26Rb", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzY2ltIn0."], ids=["text", "JWT"]
)
def test_wrong_token_is_called_invalid(scim: Session, token: str) -> None:
    """The challenge for an invalid token should have `error="invalid_token"` (warning)."""
    answer = asked(scim, f"Bearer {token}")
    told = answer.headers.get("www-authenticate", "")
    if answer.status == 200 or "invalid_token" not in told:
        raise Finding(
            "the challenge does not have the error code invalid_token",
            '401 with error="invalid_token"',
            f"{answer.status}, {told or 'none'}",
        )


@requirement("RFC6750-3.1-04", level="cosmetic")
def test_request_without_a_token_gets_no_error_code(scim: Session) -> None:
    """The challenge for a request without a token should not have an error code (warning)."""
    expected = bearer_challenge(asked(scim, None))
    if expected.values("error"):
        raise Finding(
            "the challenge for a request without a token has an error code",
            'Bearer realm="…"',
            json_of(expected.parameters),
        )
