"""RFC 7644 section 3.3: creating resources, and the response to a create."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, Verdict
from conformance.target.discovery import USER_URN
from conformance.topics.samples import mails, member, members


@requirement(
    "RFC7644-3.3-01",
    "RFC7644-3.3-07",
    "RFC7644-3.3-08",
    consequence="Okta and authentik link users by the id in the response: without it, they create the user again.",
    fix="Return 201 with the complete resource.",
)
def test_create_answers_201_with_the_resource(scim: Session) -> None:
    """POST must return 201 with schemas, id, meta, and userName, and GET must find the user; an empty body is a warning."""
    body = scim.user_body()
    answer = expect.status(scim.post(scim.users, body), 201)
    if not answer.exchange.response_body:
        raise Finding("POST returned 201 without the resource", "the resource", "an empty body", Verdict.WARN)
    for name in ("schemas", "id", "meta"):
        if not answer[name]:
            raise Finding(f"the response has no {name}", "the resource", json_of(answer.json)[:160])
    expect.equal(str(answer["userName"]).lower(), body["userName"].lower(), "userName")
    expect.equal(
        str(scim.read(expect.created(answer)).get("userName")).lower(),
        body["userName"].lower(),
        "userName in the next GET",
    )


@requirement(
    "RFC7644-3.3-09",
    "RFC7643-3.1-22",
    consequence="A client that follows Location fails or sends its token to another host.",
    fix="Build Location and meta.location from the same configured external URL.",
)
def test_location_header_names_the_resource(scim: Session) -> None:
    """Location must equal meta.location and lead to the resource; a relative URI or a different host is a warning."""
    answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    location = answer.headers.get("location")
    if not location:
        raise Finding("the Location header is missing", "the URI of the resource", "none")
    expect.equal(location, (answer["meta"] or {}).get("location"), "Location compared with meta.location")
    resolved = urljoin(scim.client.base_url + "/", location)
    if resolved != location:
        scim.warn("Location is relative", resolved, location)
    elif urlsplit(resolved)[:2] != urlsplit(scim.client.base_url)[:2]:
        scim.warn("Location has a different host or scheme than the base URL", scim.client.base_url, location)
        return  # the token must not be sent there
    expect.equal(expect.status(scim.get(resolved), 200)["id"], answer["id"], "the id of the resource at Location")


@for_each_resource_type
@requirement(
    "RFC7644-3.3-02",
    level="lie",
    consequence="A client that guesses an id overwrites the data of another user.",
    fix="Remove id, meta, and every readOnly attribute from the request before creating the resource.",
)
def test_read_only_attributes_are_ignored_on_create(scim: Session, type_name: str) -> None:
    """id, meta, and groups in a POST must be ignored, and the resource that has this id must stay unchanged."""
    other = scim.read(scim.new(type_name))
    meta = {"version": 'W/"scimulator"', "location": "https://elsewhere.example/1", "created": "2001-01-01T00:00:00Z"}
    body = {**scim.body(type_name), "id": other["id"], "meta": meta}
    if type_name == "User":
        body["groups"] = [{"value": scim.unknown()}]
    made = scim.read(expect.created(scim.post(scim.target.need_type(type_name), body)))
    held = made.get("meta") or {}
    for name, value in meta.items():
        expect.equal(held.get(name) != value, True, f"whether the server set meta.{name} itself")
    expect.equal(made["id"] != other["id"], True, "whether the server assigned its own id")
    expect.equal(made.get("groups") or [], [], "groups")
    expect.unchanged(scim, other)


@requirement(
    "RFC7644-3.3-03",
    "RFC7644-3.3-04",
    level="refusal",
    consequence="New users of providers that do not send active cannot log in.",
    fix="Default active to true if it is omitted, and return it in the response.",
)
def test_omitted_attributes_are_absent_or_defaulted(scim: Session) -> None:
    """POST without optional attributes should succeed, and GET should return the same defaults as the response (warning)."""
    answer = expect.status(scim.post(scim.users, scim.user_body()), 201)
    read = scim.read(expect.created(answer))
    for name in ("active", "displayName", "emails"):
        expect.equal(read.get(name), answer[name], f"{name} in the next GET compared with the response")
    if read.get("active") is False:
        scim.warn("a user is created inactive if the request omits active", "active: true, or no value", "false")


@pytest.mark.parametrize("spelling", ["the same", "upper case"])
@requirement(
    "RFC7644-3.3-11",
    "RFC7644-3.12-11",
    "RFC7644-3.12-20",
    level="lie",
    consequence="The provider cannot tell a duplicate from an outage: it retries forever, or one user gets two accounts.",
    fix="Return 409 with scimType uniqueness, ignoring the case of userName, and change nothing.",
)
def test_duplicate_is_409_uniqueness(scim: Session, spelling: str) -> None:
    """A second POST of the same user must be rejected with 409 and change nothing; no scimType uniqueness is a warning."""
    user = scim.read(scim.new_user(displayName="First"))
    name = user["userName"].upper() if spelling == "upper case" else user["userName"]
    expect.keyword(scim, scim.post(scim.users, scim.user_body(userName=name, displayName="Second")), 409, "uniqueness")
    expect.unchanged(scim, user)
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.3-01",
    "RFC7643-7-31",
    consequence="When two users share a mailbox, the second one can never be created.",
    fix="Check only userName for uniqueness, or declare the address unique at /Schemas.",
)
def test_shared_address_is_no_conflict(scim: Session) -> None:
    """A second user with the email address of the first one must be created; 409 is a warning (RFC 7644 3.3)."""
    declared = scim.target.need_attribute(USER_URN, "emails")
    parts = [part for part in declared.get("subAttributes") or () if part.get("name") == "value"]
    unique = {part.get("uniqueness") for part in [declared, *parts]} & {"server", "global"}
    shared = [{"value": f"{scim.name()}@check.example", "type": "work"}]
    one = scim.new_user(emails=shared)
    answer = scim.post(scim.users, scim.user_body(emails=shared))
    if answer.status == 409:
        if not unique:  # RFC 7644 3.3: the server determines what conflicts
            scim.warn("a second user with the same email address is rejected", "201", "409")
        return
    other = expect.created(answer)
    expect.equal(other["id"] != one["id"], True, "whether the second user has its own id")
    expect.equal([*mails(scim.read(other)).values()], [shared[0]["value"]], "the email address")


@for_each_resource_type
@requirement("RFC7644-3.3.1-01", consequence="A client that decides by meta.resourceType mistakes a group for a user.")
def test_resource_type_is_that_of_the_endpoint(scim: Session, type_name: str) -> None:
    """meta.resourceType must be the type of the endpoint, even if the request body contains a different one."""
    body = {**scim.body(type_name), "meta": {"resourceType": "Nonsense"}}
    made = expect.created(scim.post(scim.target.need_type(type_name), body))
    for place in (made, scim.read(made)):
        expect.resource_type(place, type_name)


@requirement("RFC7644-3.1-09", "RFC7644-3.4.1-01", level="lie")
def test_what_was_created_is_what_is_read(scim: Session) -> None:
    """The next GET must return exactly the attributes that the response to the POST contained."""
    user = scim.new_user(displayName="Read Back", active=True)
    expect.unchanged(scim, user)


@requirement("RFC7644-3.3-01", level="lie", consequence="The group exists but has no members.")
def test_group_is_created(scim: Session) -> None:
    """POST of a group with a member must store the member; ignoring all members is a warning (RFC 7644 3.3)."""
    user = scim.new_user()
    answer = scim.post(scim.groups, scim.group_body(members=[member(user)]))
    held = members(scim.read(expect.created(answer)))
    if held:
        expect.equal(held, [user["id"]], "members")
    else:
        scim.warn("POST ignores the members of a new group", user["id"], "no members")
