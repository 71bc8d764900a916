"""RFC 7644 section 3.5.1: a PUT leaves alone what a client cannot write, and what it did not mean to change."""

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
    consequence="A client rewrites when somebody joined, and what it is.",
    fix="Take meta and id from the store, never from the body.",
)
def test_put_ignores_read_only_values(scim: Session) -> None:
    """Another meta in a PUT changes nothing, and what is writable beside it is changed."""
    body = scim.user_body()
    user = scim.read(expect.created(scim.post(scim.users, body)))
    meta = {"created": "2001-01-01T00:00:00Z", "resourceType": "Nonsense", "location": "https://elsewhere.example/"}
    text, value = text_of(scim, "User").name, scim.name()
    expect.status(scim.put(scim.path_of(user), {**body, "meta": meta, text: value}), 200)
    read = scim.read(user)
    for name in meta:
        expect.equal((read.get("meta") or {}).get(name), (user.get("meta") or {}).get(name), f"meta.{name}")
    expect.holds(read, **{text: value})


@requirement("RFC7644-3.5.1-12", level="lie", consequence="One resource takes the place of another.")
def test_put_with_another_id_moves_nothing(scim: Session) -> None:
    """A PUT whose body has the id of another user is carried out where it was sent, or refused as mutability."""
    body, other = scim.user_body(), scim.read(scim.new_user())
    user = scim.read(expect.created(scim.post(scim.users, body)))
    body = {**user, **body}  # with what the server has assigned (RFC 7644 3.3)
    answer = scim.put(scim.path_of(user), {**body, "id": other["id"]})
    if answer.status == 400:  # the RFC's own example of an error does so
        expect.keyword(scim, answer, 400, "mutability", "invalidValue")
        scim.warn("a PUT with another id is refused; it should be ignored", "200", "400")
    else:
        expect.equal(expect.status(answer, 200)["id"], user["id"], "id in the answer")
    expect.unchanged(scim, user)
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.5.1-12",
    level="lie",
    consequence="OneLogin and Okta send groups in a PUT: the person falls out of all groups, or gets into one.",
    fix="groups of a user are readOnly: ignore them.",
)
def test_put_of_groups_changes_no_membership(scim: Session) -> None:
    """A PUT of a user with other groups leaves the members of groups as they are."""
    scim.target.need_attribute(USER_URN, "groups")
    user = scim.new_user()
    inside, outside = scim.new_group(members=[member(user)]), scim.new_group()
    for groups in ([], [{"value": outside["id"]}]):
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], groups=groups)), 200)
        expect.equal(members(scim.read(inside)), [user["id"]], "the members of the group it is in")
        expect.equal(members(scim.read(outside)), [], "the members of the other group")


@for_each_resource_type
@requirement(
    "RFC7644-3.1-07",
    "RFC7644-3.5.1-12",
    "RFC7644-3.5.1-15",
    consequence="A client reads, changes and writes back: each update is refused because of what it did not touch.",
    fix="Ignore readOnly attributes in the body of a PUT.",
)
def test_put_of_what_was_read_changes_nothing(scim: Session, type_name: str) -> None:
    """A PUT of the resource exactly as a GET gave it is 200 and leaves every value as it was."""
    resource = scim.read(scim.new(type_name))
    expect.status(scim.put(scim.path_of(resource), resource), 200)
    expect.unchanged(scim, resource)


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="The returner's sign-in name or address is overwritten: single sign-on fails after the return.",
    fix="Change active and nothing else when nothing else differs.",
)
def test_put_of_active_leaves_everything_else(scim: Session) -> None:
    """PUTs that switch a user off and on again change active, and every other value stays."""
    work, home, _ = addresses(scim)
    user = scim.read(scim.new_user(active=True, displayName="Stays", emails=[work, home]))
    for active in (False, True):
        expect.status(scim.put(scim.path_of(user), {**user, "active": active}), 200)
        expect.holds(scim.read(user), active=active)
        expect.unchanged(scim, user, apart_from=("meta", "active"))
