"""RFC 7644 section 3.3: creating resources."""

from __future__ import annotations

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding


@requirement("RFC7644-3.3-01", "RFC7644-3.3-07", "RFC7644-3.3-08")
def test_create_answers_201_with_the_resource(scim: Session) -> None:
    """A create gives 201 and the new resource with its id."""
    body = scim.user_body()
    answer = expect.status(scim.post(scim.users, body), 201)
    if not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Finding("the answer holds no resource", "the resource with its id", repr(answer.json))
    expect.equal(str(answer["userName"]).lower(), body["userName"].lower(), "userName")


@requirement("RFC7644-3.3-09")
def test_location_header_names_the_resource(scim: Session) -> None:
    """The Location header is the resource's meta.location."""
    answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    location = answer.headers.get("location")
    if not location:
        raise Finding("the Location header is missing", "the resource's URI", "none")
    expect.equal(location, (answer["meta"] or {}).get("location"), "Location against meta.location")


@requirement("RFC7644-3.3-02", level="lie")
def test_read_only_attributes_are_ignored_on_create(scim: Session) -> None:
    """meta.version and meta.location in a create have no effect."""
    user = scim.new_user(meta={"version": 'W/"scimulator"', "location": "https://elsewhere.example/1"})
    meta = scim.read(user).get("meta") or {}
    expect.equal(meta.get("location") != "https://elsewhere.example/1", True, "the server's own location")


@requirement(
    "RFC7644-3.3-11", "RFC7644-3.12-11", "RFC7644-3.12-20", consequence="Entra: the change goes to escrow unexplained."
)
def test_duplicate_is_409_uniqueness(scim: Session) -> None:
    """A second create of the same user is 409 with scimType uniqueness, and the first stays as it is."""
    user = scim.new_user(displayName="First")
    again = scim.user_body(userName=user["userName"], displayName="Second")
    expect.scim_error(scim.post(scim.users, again), 409, "uniqueness")
    expect.unchanged(scim, user)


@requirement("RFC7644-3.1-09", "RFC7644-3.4.1-01", level="lie")
def test_what_was_created_is_what_is_read(scim: Session) -> None:
    """Every attribute of the answer is in the next GET, and nothing else."""
    user = scim.new_user(displayName="Read Back", active=True)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.3-01")
def test_group_is_created(scim: Session) -> None:
    """A group with a member is created and read back."""
    user = scim.new_user()
    group = scim.new_group(members=[{"value": user["id"]}])
    expect.equal([m.get("value") for m in scim.read(group).get("members") or []], [user["id"]], "members")
