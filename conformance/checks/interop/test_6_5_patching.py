"""Interoperability profile section 6.5: what a PATCH does, where the profile says so more narrowly than the RFC, or otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import USER_URN, Attribute
from conformance.topics.discovery_documents import config
from conformance.topics.one_attribute import different, is_writable, shown
from conformance.topics.samples import addresses, ids, mails, member, members, replaced

STALE = "A value that the directory changed stays as it was."


@requirement("INTEROP-6.5-01", consequence="No change of a person arrives.", fix="Support PATCH for every type.")
@for_each_resource_type
def test_interop_patch_is_supported(scim: Session, type_name: str) -> None:
    """patch.supported is true, and replace changes a text of every type."""
    held = config(scim).get("patch")
    expect.equal(isinstance(held, dict) and held.get("supported"), True, "patch.supported")
    texts = [a for a in scim.target.attributes(type_name) if _is_plain_text(a)]
    if not texts:
        raise NotOffered(f"a text of {type_name} that can be changed")
    attribute = min(texts, key=lambda a: a.name != "displayName")
    resource = scim.new(type_name)
    value = different(scim, attribute, attribute.value_in(resource))
    expect.written(scim.patch(scim.path_of(resource), replaced(value, attribute.path)))
    expect.equal(shown(scim, attribute, resource), value, attribute.path)


@requirement("INTEROP-6.5.1.2-02", level="lie", consequence=STALE)
def test_interop_one_patch_changes_several_attributes(scim: Session) -> None:
    """Three operations with three paths are all carried out."""
    user = scim.new_user(displayName="Old", active=True, externalId=scim.name())
    new = {"displayName": "New", "active": False, "externalId": scim.name()}
    expect.written(scim.patch(scim.path_of(user), *[replaced(value, path) for path, value in new.items()]))
    expect.holds(scim.read(user), **new)


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(("path", "value", "other"), [("displayName", "One", "Two"), ("active", False, True)])
@requirement("INTEROP-6.5.2.1-01", level="lie", consequence=STALE, fix="Treat add on a single value as replace.")
def test_interop_add_and_replace_do_the_same(scim: Session, path: str, value: Any, other: Any, op: str) -> None:
    """add and replace both set a single value that is not there, and both overwrite one that is."""
    user = scim.new_user()
    scim.target.need_attribute(USER_URN, path)
    for wanted in (value, other):
        expect.written(scim.patch(scim.path_of(user), {"op": op, "path": path, "value": wanted}))
        expect.holds(scim.read(user), **{path: wanted})


@requirement(
    "INTEROP-6.5.2.1-04",
    level="lie",
    consequence="Parts that the directory has dropped stay in the application.",
    fix="Under this profile, replace on a whole complex attribute replaces all of it (the RFC keeps unsent parts).",
)
def test_interop_replace_on_a_complex_attribute_drops_the_rest(scim: Session) -> None:
    """replace name with a familyName alone leaves the familyName alone; what the server formats itself may be there."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Goes", "middleName": "Too", "familyName": "Before"})
    expect.written(scim.patch(scim.path_of(user), replaced({"familyName": "After"}, "name")))
    name = scim.read(user).get("name") or {}
    expect.lacks(name, "givenName", "middleName")
    expect.holds(name, familyName="After")


@requirement("INTEROP-6.5.2.1-06", level="lie", consequence="Half of a name is lost when the other half is added.")
def test_interop_add_to_a_complex_attribute_keeps_the_rest(scim: Session) -> None:
    """add name with a middleName keeps the givenName and the familyName."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Also"})
    operation = {"op": "add", "path": "name", "value": {"middleName": "Comes"}}
    expect.written(scim.patch(scim.path_of(user), operation))
    expect.holds(scim.read(user).get("name") or {}, givenName="Stays", familyName="Also", middleName="Comes")


@requirement("INTEROP-6.5.2.2-02", level="lie", consequence="Old addresses and old members stay beside the new.")
def test_interop_replace_of_addresses_replaces_all(scim: Session) -> None:
    """replace emails leaves the sent ones alone."""
    work, home, other = addresses(scim)
    user = scim.new_user(emails=[work, home])
    expect.written(scim.patch(scim.path_of(user), replaced([other], "emails")))
    expect.equal(mails(scim.read(user)), {"other": other["value"]}, "emails")


@requirement("INTEROP-6.5.2.2-02", level="lie", consequence="Whoever left the group keeps what it grants.")
def test_interop_replace_of_members_swaps_all(scim: Session) -> None:
    """replace members leaves the sent ones alone."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(users[0]), member(users[1])])
    expect.written(scim.patch(scim.path_of(group), replaced([member(users[2])], "members")))
    expect.equal(members(scim.read(group)), ids(users[2]), "members")


@requirement("INTEROP-6.5.2.2-04", level="lie", consequence="Each new address takes away the others.")
def test_interop_add_of_an_address_keeps_the_others(scim: Session) -> None:
    """add emails appends."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [home]}))
    expect.equal(mails(scim.read(user)), {"work": work["value"], "home": home["value"]}, "emails")


@requirement("INTEROP-6.5.2.2-04", level="lie", consequence="Each new member throws out the others.")
def test_interop_add_of_a_member_keeps_the_others(scim: Session) -> None:
    """add members appends."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    expect.written(scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": [member(other)]}))
    expect.equal(members(scim.read(group)), ids(one, other), "members")


@requirement("INTEROP-6.5.2.2-07", level="lie", consequence="The private address becomes the one at work.")
def test_interop_filtered_path_changes_one_part_of_one_element(scim: Session) -> None:
    """emails[type eq "work"].value changes that value, and nothing beside it."""
    work, home, new = addresses(scim)
    user = scim.new_user(emails=[work, home])
    answer = scim.patch(scim.path_of(user), replaced(new["value"], 'emails[type eq "work"].value'))
    expect.written(answer)
    expect.equal(mails(scim.read(user)), {"work": new["value"], "home": home["value"]}, "emails")


def _is_plain_text(attribute: Attribute) -> bool:
    plain = attribute.type == "string" and not attribute.multi_valued and attribute.uniqueness == "none"
    return plain and is_writable(attribute) and attribute.returned in ("default", "always")
