"""RFC 7644 section 3.3: creating resources, and what the answer says of them."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import USER_URN
from conformance.topics.samples import mails, member, members


@requirement(
    "RFC7644-3.3-01",
    "RFC7644-3.3-07",
    "RFC7644-3.3-08",
    consequence="Okta and authentik link by the id in the answer: without it they create the person again.",
    fix="Answer 201 with the whole resource.",
)
def test_create_answers_201_with_the_resource(scim: Session) -> None:
    """A create gives 201 and the new resource with schemas, id, meta and userName, and a GET finds it."""
    body = scim.user_body()
    answer = expect.status(scim.post(scim.users, body), 201)
    if not answer.exchange.response_body:
        raise Finding("201 without the resource", "the resource", "an empty body", Verdict.WARN)
    for name in ("schemas", "id", "meta"):
        if not answer[name]:
            raise Finding(f"the answer has no {name}", "the resource", repr(answer.json)[:160])
    expect.equal(str(answer["userName"]).lower(), body["userName"].lower(), "userName")
    expect.equal(
        str(scim.read(expect.created(answer)).get("userName")).lower(), body["userName"].lower(), "userName on reading"
    )


@requirement(
    "RFC7644-3.3-09",
    "RFC7643-3.1-22",
    consequence="A client that follows Location fails, or sends the token to another host.",
    fix="Build Location and meta.location from the same configured external URL.",
)
def test_location_header_names_the_resource(scim: Session) -> None:
    """Location and meta.location are the same URI, at the host that was asked, and it leads to the resource."""
    answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    location = answer.headers.get("location")
    if not location:
        raise Finding("the Location header is missing", "the resource's URI", "none")
    expect.equal(location, (answer["meta"] or {}).get("location"), "Location against meta.location")
    resolved = urljoin(scim.client.base_url + "/", location)
    if resolved != location:
        scim.warn("Location is relative", resolved, location)
    elif urlsplit(resolved)[:2] != urlsplit(scim.client.base_url)[:2]:
        scim.warn("Location is at another host or scheme", scim.client.base_url, location)
        return  # the token does not go there
    expect.equal(expect.status(scim.get(resolved), 200)["id"], answer["id"], "the id behind Location")


@for_each_resource_type
@requirement(
    "RFC7644-3.3-02",
    level="lie",
    consequence="A client that guesses an id writes into the record of somebody else.",
    fix="Drop id, meta and every readOnly attribute before the resource is made.",
)
def test_read_only_attributes_are_ignored_on_create(scim: Session, type_name: str) -> None:
    """id, meta and groups in a create have no effect; the resource whose id was used stays as it is."""
    other = scim.read(scim.new(type_name))
    meta = {"version": 'W/"scimulator"', "location": "https://elsewhere.example/1", "created": "2001-01-01T00:00:00Z"}
    body = {**scim.body(type_name), "id": other["id"], "meta": meta}
    if type_name == "User":
        body["groups"] = [{"value": scim.unknown()}]
    made = scim.read(expect.created(scim.post(scim.target.need_type(type_name), body)))
    held = made.get("meta") or {}
    for name, value in meta.items():
        expect.equal(held.get(name) != value, True, f"a meta.{name} of the server's own")
    expect.equal(made["id"] != other["id"], True, "an id of the server's own")
    expect.equal(made.get("groups") or [], [], "groups")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.3-03",
    "RFC7644-3.3-04",
    level="refusal",
    consequence="A joiner whose provider does not send active cannot work on the first day.",
    fix="Take true for active where it is left out, and say so in the answer.",
)
def test_omitted_attributes_are_absent_or_defaulted(scim: Session) -> None:
    """A minimal create works; what the server makes of active and displayName is in the answer and in the next GET."""
    answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    read = scim.read(expect.created(answer))
    for name in ("active", "displayName", "emails"):
        expect.equal(read.get(name), answer[name], f"{name} on reading, against the answer,")
    if read.get("active") is False:
        scim.warn("a user is inactive unless the create says otherwise", "active: true, or none", "false")


@pytest.mark.parametrize("spelling", ["the same", "upper case"])
@requirement(
    "RFC7644-3.3-11",
    "RFC7644-3.12-11",
    "RFC7644-3.12-20",
    level="lie",
    consequence="The provider cannot tell 'exists' from 'broken': it tries for ever, or one person has two accounts.",
    fix="Answer 409 with scimType uniqueness, whatever the case, and touch nothing.",
)
def test_duplicate_is_409_uniqueness(scim: Session, spelling: str) -> None:
    """A second create of the same user is 409 with scimType uniqueness, and the first stays as it is."""
    user = scim.read(scim.new_user(displayName="First"))
    name = user["userName"].upper() if spelling == "upper case" else user["userName"]
    expect.scim_error(scim.post(scim.users, scim.user_body(userName=name, displayName="Second")), 409, "uniqueness")
    expect.unchanged(scim, user)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.3-01",
    "RFC7643-7-31",
    consequence="Two people who share a mailbox: the second one can never be created.",
    fix="Compare userName alone; or declare the address unique at /Schemas.",
)
def test_shared_address_is_no_conflict(scim: Session) -> None:
    """A second user with the e-mail of the first one is created, where e-mails are not declared unique."""
    declared = scim.target.need_attribute(USER_URN, "emails")
    parts = [part for part in declared.get("subAttributes") or () if part.get("name") == "value"]
    unique = {part.get("uniqueness") for part in [declared, *parts]} & {"server", "global"}
    shared = [{"value": f"{scim.name()}@check.example", "type": "work"}]
    one = scim.new_user(emails=shared)
    answer = scim.post(scim.users, scim.user_body(emails=shared))
    if unique and answer.status == 409:
        return
    other = expect.created(answer)
    expect.equal(other["id"] != one["id"], True, "an account of its own")
    expect.equal([*mails(scim.read(other)).values()], [shared[0]["value"]], "the address")


@for_each_resource_type
@requirement("RFC7644-3.3.1-01", consequence="A client that reads by meta.resourceType takes a group for a user.")
def test_resource_type_is_that_of_the_endpoint(scim: Session, type_name: str) -> None:
    """meta.resourceType is the type of the endpoint that was posted to, whatever the body says."""
    body = {**scim.body(type_name), "meta": {"resourceType": "Nonsense"}}
    made = expect.created(scim.post(scim.target.need_type(type_name), body))
    for place in (made, scim.read(made)):
        expect.resource_type(place, type_name)


@requirement("RFC7644-3.1-09", "RFC7644-3.4.1-01", level="lie")
def test_what_was_created_is_what_is_read(scim: Session) -> None:
    """Every attribute of the answer is in the next GET, and nothing else."""
    user = scim.new_user(displayName="Read Back", active=True)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.3-01", level="lie", consequence="The group is there and nobody is in it.")
def test_group_is_created(scim: Session) -> None:
    """A group with a member is created and read back; members that are ignored altogether are told (3.3, A-43)."""
    user = scim.new_user()
    answer = scim.post(scim.groups, scim.group_body(members=[member(user)]))
    held = members(scim.read(expect.created(answer)))
    if held:
        expect.equal(held, [user["id"]], "members")
    else:
        scim.warn("the members of a new group are ignored", user["id"], "no members")
