"""RFC 7644 section 3.5.1: replacing with PUT."""

from __future__ import annotations

from typing import Any

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding


def as_body(resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The resource as a client would send it back, with changes."""
    return {**{name: value for name, value in resource.items() if name != "meta"}, **changes}


@requirement("RFC7644-3.5-01", "RFC7644-3.5.1-04", "RFC7644-3.5.1-15", level="lie")
def test_put_replaces_and_answers_with_the_resource(scim: Session) -> None:
    """A PUT stores what was sent, answers 200 with it, and the next GET agrees."""
    user = scim.new_user(displayName="Before")
    answer = expect.status(scim.put(scim.path_of(user), as_body(user, displayName="After")), 200)
    expect.equal(answer["displayName"], "After", "displayName in the answer")
    expect.holds(scim.read(user), displayName="After", id=user["id"])


@requirement("RFC7644-3.5.1-17", level="lie")
def test_put_keeps_id_created_and_location(scim: Session) -> None:
    """id, created and location stay."""
    user = scim.new_user()
    expect.status(scim.put(scim.path_of(user), as_body(user, displayName="Changed")), 200)
    after = scim.read(user)
    for name in ("created", "location"):
        expect.equal((after.get("meta") or {}).get(name), (user.get("meta") or {}).get(name), f"meta.{name}")


@requirement("RFC7644-3.5.1-12", "RFC7644-3.1-07", level="lie")
def test_put_ignores_read_only_values(scim: Session) -> None:
    """Another meta in a PUT changes nothing."""
    user = scim.new_user()
    meta = {"created": "2001-01-01T00:00:00Z", "resourceType": "Nonsense"}
    answer = scim.put(scim.path_of(user), as_body(user, meta=meta))
    expect.status(answer, 200)
    expect.equal((scim.read(user).get("meta") or {}).get("resourceType"), "User", "meta.resourceType")


@requirement("RFC7644-3.5.1-14")
def test_put_without_user_name_is_refused(scim: Session) -> None:
    """A PUT that lacks a required attribute is refused and changes nothing."""
    user = scim.new_user(displayName="Stays")
    body = as_body(user, displayName="Lost")
    del body["userName"]
    expect.scim_error(scim.put(scim.path_of(user), body), 400, "invalidValue", "invalidSyntax")
    expect.unchanged(scim, user)


@requirement("RFC7644-3.5.1-02", "RFC7644-3.2-06", level="lie")
def test_put_never_creates(scim: Session) -> None:
    """A PUT to an unknown id is 404."""
    answer = scim.put(f"{scim.users}/{expect.UNKNOWN}", scim.user_body())
    scim.remember(answer)
    expect.scim_error(answer, 404)


@requirement("RFC7644-3.5.1-16", level="lie")
def test_put_cannot_take_another_user_name(scim: Session) -> None:
    """A PUT with somebody else's userName is refused."""
    one, other = scim.new_user(), scim.new_user()
    answer = scim.put(scim.path_of(other), as_body(other, userName=one["userName"]))
    expect.scim_error(answer, (409, 400), "uniqueness", "mutability")
    expect.unchanged(scim, other)


@requirement("RFC7644-3.5.1-18", level="lie")
def test_put_replaces_the_members_of_a_group(scim: Session) -> None:
    """A PUT with another list of members leaves exactly these."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[{"value": one["id"]}])
    expect.status(scim.put(scim.path_of(group), as_body(group, members=[{"value": other["id"]}])), 200)
    members = [member.get("value") for member in scim.read(group).get("members") or []]
    if members != [other["id"]]:
        raise Finding("the members are not those of the PUT", repr([other["id"]]), repr(members))
