"""RFC 7644 section 3.14: reads with If-None-Match follow the rules of HTTP."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement

OTHER = 'W/"scimulator-other"'


@requirement(
    "RFC7644-3.14-04",
    "RFC7644-3.14-05",
    level="lie",
    consequence="A client keeps an outdated copy and never sees the current one.",
    fix="Return 304 only if one of the tags matches the current version.",
)
def test_if_none_match_compares_with_the_current_version(scim: Session) -> None:
    """If-None-Match with a different tag must return the resource; no 304 for * or a list of tags is a warning."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    answer = expect.status(scim.client.send("GET", path, headers={"If-None-Match": OTHER}), 200)
    expect.equal(answer["id"], user["id"], "id")
    tag = answer.headers.get("etag", "")
    for condition in (f"{OTHER}, {tag}", "*"):
        status = expect.status(scim.client.send("GET", path, headers={"If-None-Match": condition}), 200, 304).status
        if status != 304:
            scim.warn(f"the server ignores If-None-Match: {condition[:40]}", "304", str(status))
