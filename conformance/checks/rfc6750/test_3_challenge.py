"""RFC 6750 section 3: what a request without a usable token is told."""

from __future__ import annotations

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding


@requirement("RFC6750-3-01", "RFC6750-3-02", "RFC7644-2-08", "RFC7644-3.12-09")
@pytest.mark.parametrize(
    "value", [None, "Bearer scimulator-wrong", "Bearer ", "Basic c2NpbTpzY2lt", "scimulator"],
    ids=["none", "wrong", "empty", "basic", "bare"],
)  # fmt: skip
def test_request_without_usable_token_is_401(scim: Session, value: str | None) -> None:
    """No token, a wrong one, another scheme: 401 with a Bearer challenge."""
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers={"Authorization": value})
    if answer.status == 200:
        raise Finding("users are shown without a valid token", "401", "200")
    expect.status(answer, 401)
    challenge = answer.headers.get("www-authenticate", "")
    if "bearer" not in challenge.lower():
        raise Finding("the challenge is missing", "WWW-Authenticate: Bearer …", challenge or "none")


@requirement("RFC6750-2.1-02", "RFC6750-2.1-04")
def test_scheme_is_case_insensitive(scim: Session) -> None:
    """bearer works like Bearer."""
    headers = {"Authorization": f"bearer {scim.client.token}"}
    answer = scim.client.send("GET", scim.users, parameters={"count": 1}, headers=headers)
    if answer.status == 401:
        scim.warn("the scheme is compared with case", "200", "401")
        return
    expect.status(answer, 200)


@requirement("RFC6750-3.1-02")
def test_wrong_token_is_called_invalid(scim: Session) -> None:
    """A wrong token brings error=invalid_token in the challenge."""
    answer = scim.client.send("GET", scim.users, headers={"Authorization": "Bearer scimulator-wrong"})
    challenge = answer.headers.get("www-authenticate", "")
    if "invalid_token" not in challenge:
        raise Finding("the challenge does not say why", 'error="invalid_token"', challenge or "none")
