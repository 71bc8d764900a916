"""RFC 7644 section 3.5.1: PUT does not change readOnly attributes or attributes whose values stay the same."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.one_attribute import text_of
from conformance.topics.samples import addresses, member, members


@requirement(
    "RFC7644-3.5.1-12",
    "RFC7644-3.1-07",
    level="lie",
    consequence="Clients can change the type of a resource or the time when it was created.",
    fix="Take meta and id from the stored resource, never from the request.",
)
def test_put_ignores_read_only_values(scim: Session) -> None:
    """PUT with a different meta must not change meta, but must change the writable attributes in the same request."""
    body = scim.user_body()
    user = scim.read(expect.created(scim.post(scim.users, body)))
    meta = {"created": "2001-01-01T00:00:00Z", "resourceType": "Nonsense", "location": "https://elsewhere.example/"}
    text, value = text_of(scim, "User").name, scim.name()
    expect.status(scim.put(scim.path_of(user), {**body, "meta": meta, text: value}), 200)
    read = scim.read(user)
    for name in meta:
        expect.equal((read.get("meta") or {}).get(name), (user.get("meta") or {}).get(name), f"meta.{name}")
    expect.holds(read, **{text: value})


@requirement("RFC7644-3.5.1-12", level="lie", consequence="One resource replaces another.")
def test_put_with_another_id_moves_nothing(scim: Session) -> None:
    """PUT with the id of another user must not change either id; rejecting it with 400 is a warning."""
    body, other = scim.user_body(), scim.read(scim.new_user())
    user = scim.read(expect.created(scim.post(scim.users, body)))
    body = {**user, **body}  # includes the attributes that the server assigned (RFC 7644 section 3.3)
    answer = scim.put(scim.path_of(user), {**body, "id": other["id"]})
    if answer.status == 400:  # the example error of RFC 7644 section 3.12 rejects such a PUT
        expect.keyword(scim, answer, 400, "mutability", "invalidValue")
        scim.warn("PUT with a different id is rejected instead of ignored", "200", "400")
    else:
        expect.equal(expect.status(answer, 200)["id"], user["id"], "id in the response")
    expect.unchanged(scim, user)
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.5.1-12",
    level="lie",
    consequence="OneLogin and Okta send groups with PUT: the user is removed from all groups, or gets into one.",
    fix="Ignore groups of a user, because the attribute is readOnly.",
)
def test_put_of_groups_changes_no_membership(scim: Session) -> None:
    """PUT of a user with other groups must not change the members of any group."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    inside, outside = scim.new_group(members=[member(user)]), scim.new_group()
    for groups in ([], [{"value": outside["id"]}]):
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], groups=groups)), 200)
        expect.equal(members(scim.read(inside)), [user["id"]], "the members of the user's group")
        expect.equal(members(scim.read(outside)), [], "the members of the other group")


@for_each_resource_type
@requirement(
    "RFC7644-3.1-07",
    "RFC7644-3.5.1-12",
    "RFC7644-3.5.1-15",
    consequence=(
        "A client that reads, changes, and writes back cannot update anything because of attributes that it "
        "did not touch."
    ),
    fix="Ignore readOnly attributes in PUT.",
)
def test_put_of_what_was_read_changes_nothing(scim: Session, type_name: str) -> None:
    """PUT of a resource exactly as GET returned it must return 200 and must not change any value."""
    resource = scim.read(scim.new(type_name))
    expect.status(scim.put(scim.path_of(resource), resource), 200)
    expect.unchanged(scim, resource)


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="The userName or address of a returning user is overwritten, so single sign-on fails.",
    fix="Change only active if nothing else differs.",
)
def test_put_of_active_leaves_everything_else(scim: Session) -> None:
    """PUT that deactivates and reactivates a user must change active and keep every other value."""
    work, home, _ = addresses(scim)
    user = scim.read(scim.new_user(active=True, displayName="Stays", emails=[work, home]))
    for active in (False, True):
        expect.status(scim.put(scim.path_of(user), {**user, "active": active}), 200)
        expect.holds(scim.read(user), active=active)
        expect.unchanged(scim, user, apart_from=("meta", "active"))
