"""RFC 7644 section 3.12: the body of a 401."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import NotOffered


@pytest.mark.parametrize(
    "authorization", [None, "Bearer scimulator-wrong-Qz7vXw93KdLm26Rb"], ids=["no token", "wrong token"]
)
@requirement(
    "RFC7644-3.12-03",
    "RFC7644-3.12-05",
    level="cosmetic",
    consequence="Okta's connection test reads the error and cannot show why the connection failed.",
    fix='Write the 401 like every other error, with schemas, status "401", and detail.',
)
def test_unauthorized_tells_status_and_reason(scim: Session, authorization: str | None) -> None:
    """The status in the body of a 401 must be the string "401"; no detail is a warning."""
    answer = scim.client.send(
        "GET", scim.users, parameters={"count": 1}, headers={"Authorization": authorization}, patient=False
    )
    if answer.status != 401 or expect.ERROR_URN not in (answer["schemas"] or ()):
        raise NotOffered("a SCIM error with a 401")  # other checks test whether there is one
    expect.equal(answer["status"], "401", "status in the body")
    if not isinstance(answer["detail"], str) or not answer["detail"].strip():
        scim.warn("the 401 has no detail", "detail", json_of(answer["detail"]))
