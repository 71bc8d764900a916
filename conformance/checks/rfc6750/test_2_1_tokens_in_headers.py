"""RFC 6750 section 2.1: bearer tokens in the Authorization header."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.challenges import asked, with_token

REFUSED = "The connection test of Microsoft Entra ID fails, and provisioning cannot be turned on."


@requirement("RFC6750-2.1-04", "RFC6750-2.1-01", consequence=REFUSED)
def test_token_in_the_header_is_taken(scim: Session) -> None:
    """A request with `Authorization: Bearer <token>` must be accepted."""
    expect.status(asked(scim, f"Bearer {with_token(scim)}"), 200)


@requirement("RFC6750-2.1-02", level="refusal", consequence=REFUSED)
@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_scheme_is_case_insensitive(scim: Session, scheme: str) -> None:
    """`bearer` and `BEARER` should be accepted as the authentication scheme (warning)."""
    answer = asked(scim, f"{scheme} {with_token(scim)}")
    if answer.status == 401:
        scim.warn("the server compares the authentication scheme case-sensitively", "200", "401")
        return
    expect.status(answer, 200)


@requirement("RFC6750-2.1-01", level="refusal", consequence=REFUSED)
def test_blanks_before_the_token_may_be_several(scim: Session) -> None:
    """Two spaces between `Bearer` and the token should be accepted (warning)."""
    answer = asked(scim, f"Bearer  {with_token(scim)}")
    if answer.status in (400, 401):
        scim.warn("the server rejects two spaces between the scheme and the token", "200", answer.told)
        return
    expect.status(answer, 200)


@requirement("RFC6750-2.1-01", level="lie", consequence="Anyone who knows the URL can read and change users.")
@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer ä", "Bearer a b", "Bearer \"{}\"", "Bearer null", "Bearer undefined"],
    ids=["alone", "space", "not ASCII", "two words", "quotes", "null", "undefined"],
)  # fmt: skip
def test_what_is_no_token_is_refused(scim: Session, value: str) -> None:
    """`Bearer` without a token, or with characters that no token contains, must be rejected with 400 or 401."""
    expect.status(asked(scim, value.format(scim.client.token or "token")), 400, 401)
