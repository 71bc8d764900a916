"""RFC 7644 section 3.9: excludedAttributes in responses to writes."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.topics.samples import replaced


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@requirement(
    "RFC7644-3.9-02",
    level="cosmetic",
    consequence="Responses to changes of large groups are as large as the groups.",
    fix="Apply the projection in one place to every response that contains a resource.",
)
def test_answers_to_writes_leave_out_what_is_excluded(scim: Session, method: str) -> None:
    """With excludedAttributes=title, the response should omit the title (warning), but the title must be stored."""
    user = scim.read(scim.new_user(title="Chief"))
    asked = {"excludedAttributes": "title"}
    if method == "POST":
        answer = expect.status(scim.post(scim.users, scim.user_body(title="Chief"), parameters=asked), 201)
    elif method == "PUT":
        body = scim.user_body(userName=user["userName"], title="Chief")
        answer = expect.status(scim.put(scim.path_of(user), body, parameters=asked), 200)
    else:
        change = replaced(scim.name())
        answer = expect.status(expect.offered(scim.patch(scim.path_of(user), change, parameters=asked)), 200, 204)
    if answer["title"] is not None:
        scim.warn(f"the response to {method} ignores excludedAttributes", "everything but title", "also title")
    read = scim.read(answer.json if method == "POST" else user)
    if method == "PATCH" and user.get("title") and not read.get("title"):
        told = "PATCH removes an attribute that excludedAttributes names from the stored resource"
        raise Finding(told, "the title kept", "no title", Verdict.FAIL, level="lie")
    expect.holds(read, title="Chief")
