"""RFC 7644 section 3.12: what a 401 in SCIM's form says."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered


@pytest.mark.parametrize("authorization", [None, "Bearer scimulator-wrong"], ids=["no token", "wrong token"])
@requirement(
    "RFC7644-3.12-03",
    "RFC7644-3.12-05",
    level="cosmetic",
    consequence="Okta's test of a connection reads it, and cannot show why it failed.",
    fix='Write the 401 as every error: schemas, status "401", detail.',
)
def test_unauthorized_tells_status_and_reason(scim: Session, authorization: str | None) -> None:
    """A SCIM error behind a 401 has status "401" as text; without a detail it is a warning."""
    answer = scim.client.send(
        "GET", scim.users, parameters={"count": 1}, headers={"Authorization": authorization}, patient=False
    )
    if answer.status != 401 or expect.ERROR_URN not in (answer["schemas"] or ()):
        raise NotOffered("a 401 in SCIM's form")  # both have checks of their own
    expect.equal(answer["status"], "401", "status in the body")
    if not isinstance(answer["detail"], str) or not answer["detail"].strip():
        scim.warn("the 401 says nothing", "a detail", repr(answer["detail"]))
