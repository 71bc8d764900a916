"""RFC 7644 sections 3.11 and 3.14: /Me and versions."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding


@requirement("RFC7644-3.14-02", "RFC7644-3.14-03", "RFC7643-3.1-23")
def test_etag_is_the_version(scim: Session) -> None:
    """The ETag header equals meta.version."""
    scim.target.need("etag")
    answer = expect.status(scim.get(scim.path_of(scim.new_user())), 200)
    if not answer.headers.get("etag"):
        raise Finding("the ETag header is missing", "an entity tag", "none")
    expect.equal((answer["meta"] or {}).get("version"), answer.headers["etag"], "meta.version against ETag")


@requirement("RFC7644-3.14-05")
def test_unchanged_resource_is_304(scim: Session) -> None:
    """If-None-Match with the current tag gives 304 without body."""
    scim.target.need("etag")
    path = scim.path_of(scim.new_user())
    tag = scim.get(path).headers.get("etag", "")
    answer = expect.status(scim.client.send("GET", path, headers={"If-None-Match": tag}), 304)
    expect.equal(answer.exchange.response_body, b"", "the body")


@requirement(
    "RFC7644-3.14-07",
    "RFC7644-3.12-12",
    "RFC7644-3.14-08",
    level="lie",
    consequence="Parallel changes get lost.",
)
def test_stale_if_match_has_no_effect(scim: Session) -> None:
    """A PATCH with an old tag is refused and changes nothing."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    stale = scim.get(path).headers.get("etag", "")
    expect.written(scim.patch(path, {"op": "replace", "path": "displayName", "value": "New"}))
    answer = scim.patch(path, {"op": "replace", "path": "displayName", "value": "Lost"}, headers={"If-Match": stale})
    expect.scim_error(answer, (412, 409))
    expect.holds(scim.read(user), displayName="New")


@requirement("RFC7644-3.14-07")
def test_current_if_match_is_honoured(scim: Session) -> None:
    """A PATCH with the current tag works, weak as it may be."""
    scim.target.need("etag")
    user = scim.new_user()
    path = scim.path_of(user)
    tag = scim.get(path).headers.get("etag", "")
    answer = scim.patch(path, {"op": "replace", "path": "displayName", "value": "New"}, headers={"If-Match": tag})
    if answer.status == 412 and tag.startswith("W/"):
        scim.warn("a current weak tag does not match", "200", "412")
        return
    expect.written(answer)


@requirement("RFC7644-3.14-09", level="lie")
def test_delete_honours_if_match(scim: Session) -> None:
    """A DELETE with an old tag deletes nothing."""
    scim.target.need("etag")
    user = scim.new_user()
    expect.scim_error(scim.delete(scim.path_of(user), headers={"If-Match": 'W/"scimulator-stale"'}), (412, 409))
    expect.unchanged(scim, user)


@requirement("RFC7644-3.11-02")
def test_me_is_offered_or_501(scim: Session) -> None:
    """/Me gives a resource, 404 or 403 for a token without one, or 501."""
    answer = scim.get("/Me")
    if answer.status in (404, 403):
        scim.note(f"/Me answers {answer.status}")
        return
    expect.status(answer, 200, 501, 308)
