"""RFC 7644 section 3.4.1: reading one resource by its URL."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.samples import ids, member, members

WRITES = 5


@for_each_resource_type
@requirement(
    "RFC7644-3.4.1-01",
    "RFC7644-3.4.1-02",
    level="refusal",
    consequence="A provider that cannot read what it created creates it again.",
    fix="Route GET <endpoint>/<id> to the stored resource, and return 200 with the resource itself.",
)
def test_get_gives_the_resource_itself(scim: Session, type_name: str) -> None:
    """GET of an existing resource must return 200 and the resource itself, not a list."""
    made = scim.new(type_name)
    shown = scim.read(made)
    expect.equal(shown.get("id"), made["id"], "id")
    if "Resources" in shown:
        raise Finding("GET of one resource returns a list", "the resource", "a ListResponse")


@requirement(
    "RFC7644-3.4.1-02",
    level="refusal",
    consequence="A provider that reads one schema at a time cannot discover the schemas.",
    fix="Support GET /Schemas/<urn>.",
)
def test_one_schema_is_read_alone(scim: Session) -> None:
    """GET /Schemas/{urn} must return this one schema."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    urn = next(iter(scim.target.schemas))
    shown = expect.status(scim.get(f"/Schemas/{urn}"), 200).json
    expect.equal(shown.get("id"), urn, "id")
    expect.lacks(shown, "Resources")


@requirement(
    "RFC7644-3.4.1-01",
    level="lie",
    consequence="Okta reads after each write, sees the old state, and corrects what is already correct.",
    fix="Read from the store that was written to, not from a replica or a cache.",
)
def test_get_shows_the_last_write(scim: Session) -> None:
    """GET immediately after PUT must return what was written, every time."""
    user = scim.new_user(name={"givenName": "None", "familyName": "Check"})
    for number in range(WRITES):
        name = {"givenName": f"Try {number}", "familyName": "Check"}
        expect.status(scim.put(scim.path_of(user), scim.user_body(userName=user["userName"], name=name)), 200)
        expect.equal((scim.read(user).get("name") or {}).get("givenName"), name["givenName"], "name.givenName")


@requirement(
    "RFC7644-3.4.1-01",
    "RFC7644-3.9-01",
    level="lie",
    consequence="authentik and SailPoint compare before they write: they add all members again and never remove a leaver.",
    fix="Include the members when a group is read and when groups are listed.",
)
def test_members_are_shown_by_read_and_list(scim: Session) -> None:
    """GET and lists must return both members of a group."""
    users = [scim.new_user(), scim.new_user()]
    group = scim.new_group(members=[member(user) for user in users])
    wanted = ids(*users)
    expect.equal(members(scim.read(group)), wanted, "the members of the group")
    answer = scim.search(f'displayName eq "{group["displayName"]}"', scim.groups)
    expect.found(expect.evaluated(answer, "a filter on displayName of groups"), group)
    expect.equal(members(expect.listing(answer)[0]), wanted, "the members in the list")
