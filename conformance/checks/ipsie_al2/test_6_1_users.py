"""IPSIE AL SCIM profile sections 6 and 6.1, level AL2: users are created, changed, and listed, without passwords."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN, Attribute
from conformance.topics.discovery_documents import config, definitions
from conformance.topics.one_attribute import different, fitting, holds, is_writable, made, needed, shown, with_value
from conformance.topics.samples import replaced
from conformance.topics.whole_lists import all_ids

SECRETS = re.compile(
    r"(?:^|(?<=[a-z]))(password|passwd|secret|hash|private_?key|totp|otp|pin|seed|token|credential)s?(?=$|[A-Z_0-9])",
    re.I,
)
SEAMS = "The identity service treats users that are missing from the list as deleted."
WHOLE = "The identity service cannot manage the user lifecycle in the application."
UNSAFE = "Passwords from the directory are stored in one more place."


@requirement("IPSIE-AL2-6-01", "IPSIE-AL2-6.1.3-01", level="lie", consequence=WHOLE)
def test_ipsie_user_is_created_and_changed(scim: Session) -> None:
    """POST must return 201 with Location and the user, PATCH must change the user, and a read must show both."""
    body = scim.user_body(displayName="Joiner")
    answer = expect.status(scim.post(scim.users, body), 201)
    if not answer.headers.get("location"):
        raise Finding("the response to POST has no Location header", "the URL of the user", "no header")
    expect.holds(answer.json, userName=body["userName"], displayName="Joiner")
    expect.holds(scim.read(answer.json), userName=body["userName"], displayName="Joiner")
    expect.written(scim.patch(scim.path_of(answer.json), replaced("Mover")))
    expect.holds(scim.read(answer.json), displayName="Mover")


@requirement("IPSIE-AL2-6.1.1-01", "IPSIE-AL2-6.1.1-02", "IPSIE-AL2-6.1.1-03", level="lie", consequence=WHOLE)
@pytest.mark.parametrize("name", ["userName", "displayName", "active"])
def test_ipsie_user_has_the_attribute(scim: Session, name: str) -> None:
    """`userName`, `displayName`, and `active` must be published as writable, accepted, and returned by a read."""
    try:
        definition = scim.target.need_attribute(USER_URN, name)
    except NotOffered:
        raise Finding(f"the published User schema has no {name}", f"{name} at /Schemas", "none") from None
    if definition.get("mutability", "readWrite") not in ("readWrite", "immutable"):
        raise Finding(f"/Schemas does not publish {name} as writable", "readWrite", str(definition["mutability"]))
    values: dict[str, Any] = {"displayName": "Kim", "active": False}
    body = scim.user_body(**({name: values[name]} if name in values else {}))
    user = made(scim, "User", body)
    expect.holds(scim.read(user), **{name: body[name]})


@requirement(
    "IPSIE-AL2-6.1.1-04", level="lie", consequence="The identity service must match users by names, which change."
)
def test_ipsie_user_has_an_external_id(scim: Session) -> None:
    """`externalId` of a user must be stored, returned by a read, and found by a filter."""
    key = scim.name()
    user = scim.new_user(externalId=key)
    expect.holds(scim.read(user), externalId=key)
    expect.found(scim.get(scim.users, filter=f'externalId eq "{key}"'), user)


@pytest.mark.parametrize("where", ["in the schema", "in the configuration", "in a creation"])
@requirement(
    "IPSIE-AL2-6.1.2-01",
    level="lie",
    consequence=UNSAFE,
    fix="Remove password from the schema, and reject it with 400 invalidSyntax.",
)
def test_ipsie_password_does_not_exist(scim: Session, where: str) -> None:
    """`password` must not be published or changeable, and POST with it must be rejected with 400 invalidSyntax."""
    if where == "in the schema":
        found = [item.path for item in definitions(scim) if str(item.definition.get("name")).lower() == "password"]
        expect.equal(found, [], "the published attributes named password")
    elif where == "in the configuration":
        held = config(scim).get("changePassword")
        expect.equal(held.get("supported") if isinstance(held, dict) else False, False, "changePassword.supported")
    else:
        body = {**scim.user_body(), "password": f"Zz9!{scim.name()}"}
        answer = scim.post(scim.users, body)
        if answer.status == 201 and "password" in scim.read(answer.json):
            raise Finding("the server returns a password", "400 invalidSyntax", "201, and GET returns the password")
        expect.scim_error(answer, 400, "invalidSyntax")


@requirement("IPSIE-AL2-6.1.2-03", level="lie", consequence=UNSAFE)
def test_ipsie_schemas_have_no_credentials(scim: Session) -> None:
    """No published attribute should have the name of a credential; a person must review each match (warning)."""
    found = [
        item.path
        for item in definitions(scim)
        if SECRETS.search(str(item.definition.get("name")))
        and str(item.definition.get("name")).lower() != "password"
        and "core:2.0:ServiceProviderConfig" not in item.schema
    ]
    if found:
        scim.warn("published attributes have names of credentials; review them", "none", ", ".join(found)[:200])


@requirement("IPSIE-AL2-6.1.4-01", level="lie", consequence="A change in the directory does not reach the application.")
@for_each_attribute(lambda a: a.resource_type == "User" and a.is_core and is_writable(a) and a.returned != "never")
def test_ipsie_each_attribute_is_changed_by_patch(scim: Session, attribute: Attribute) -> None:
    """PATCH `replace` with a path must change each writable attribute of the core User schema."""
    before = fitting(scim, needed(attribute))
    user = made(scim, "User", with_value(scim.user_body(), attribute, before))
    after = different(scim, attribute, before)
    expect.written(scim.patch(scim.path_of(user), replaced(after, attribute.path)))
    holds(attribute, after, shown(scim, attribute, user), "PATCH replace")


@pytest.mark.alone
@requirement("IPSIE-AL2-6.1.5-01", level="lie", consequence=SEAMS)
def test_ipsie_all_users_are_listed(scim: Session) -> None:
    """The pages of all users must contain each user exactly once."""
    made_here = [scim.new_user() for _ in range(3)]
    listed = all_ids(scim, scim.users)
    for user in made_here:
        expect.equal(listed.count(user["id"]), 1, f"the number of times that {user['id']} is listed")


@requirement(
    "IPSIE-AL2-6.1.5-02", level="cosmetic", consequence="A single request keeps the server busy for a long time."
)
def test_ipsie_page_holds_a_thousand_at_most(scim: Session) -> None:
    """The published page size limits and a page with `count=5000` should not exceed 1000 users (warning)."""
    for group, name in (("filter", "maxResults"), ("pagination", "maxPageSize")):
        held = config(scim).get(group)
        limit = held.get(name) if isinstance(held, dict) else None
        if isinstance(limit, int) and limit > 1000:
            raise Finding(f"{group}.{name} is above 1000", "at most 1000", str(limit))
    items = expect.listing(scim.get(scim.users, count=5000))
    if len(items) > 1000:
        raise Finding("a page has more than 1000 users", "at most 1000", str(len(items)))


@requirement("IPSIE-AL2-6.1.5-03", level="cosmetic", consequence=SEAMS, fix="Support cursor pagination (RFC 9865).")
def test_ipsie_lists_have_cursors(scim: Session) -> None:
    """`pagination.cursor` should be true, and `nextCursor` should lead to the next user (warning)."""
    held = config(scim).get("pagination")
    expect.equal(isinstance(held, dict) and held.get("cursor"), True, "pagination.cursor")
    for _ in range(2):
        scim.new_user()
    first = scim.get(scim.users, cursor="", count=1)
    one = expect.listing(first)
    if not isinstance(first["nextCursor"], str):
        raise Finding("a page before the last one has no nextCursor", "nextCursor", json_of(first["nextCursor"]))
    two = expect.listing(scim.get(scim.users, cursor=first["nextCursor"], count=1))
    if not two or two[0].get("id") == one[0].get("id"):
        raise Finding(
            "nextCursor does not lead to the next page", "another user", json_of([item.get("id") for item in two])
        )


@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement("IPSIE-AL2-10-02", consequence=WHOLE)
def test_ipsie_every_endpoint_is_there(scim: Session, type_name: str) -> None:
    """Create, read, list, PATCH, and DELETE must work for users and, if the server has groups, for groups."""
    endpoint = scim.target.need_type(type_name)
    resource = expect.status(scim.post(endpoint, scim.body(type_name)), 201).json
    path = scim.path_of(resource)
    expect.status(scim.get(path), 200)
    expect.listing(scim.get(endpoint, count=1))
    expect.written(scim.patch(path, replaced(scim.name())))
    expect.status(scim.delete(path), 204)
    expect.status(scim.get(path), 404)
