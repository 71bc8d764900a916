"""Interoperability profile section 6.5: the effects of PATCH where the profile is stricter than the RFC or differs from it."""

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

STALE = "A value that changed in the directory keeps its old state in the application."


@requirement(
    "INTEROP-6.5-01", consequence="No change of a user reaches the application.", fix="Support PATCH for every type."
)
@for_each_resource_type
def test_interop_patch_is_supported(scim: Session, type_name: str) -> None:
    """`patch.supported` must be true, and PATCH `replace` must change a string attribute of every resource type."""
    held = config(scim).get("patch")
    expect.equal(isinstance(held, dict) and held.get("supported"), True, "patch.supported")
    texts = [a for a in scim.target.attributes(type_name) if _is_plain_string(a)]
    if not texts:
        raise NotOffered(f"a writable string attribute of {type_name}")
    attribute = min(texts, key=lambda a: a.name != "displayName")
    resource = scim.new(type_name)
    value = different(scim, attribute, attribute.value_in(resource))
    expect.written(scim.patch(scim.path_of(resource), replaced(value, attribute.path)))
    expect.equal(shown(scim, attribute, resource), value, attribute.path)


@requirement("INTEROP-6.5.1.2-02", level="lie", consequence=STALE)
def test_interop_one_patch_changes_several_attributes(scim: Session) -> None:
    """One PATCH with three operations on three paths must apply all of them."""
    user = scim.new_user(displayName="Old", active=True, externalId=scim.name())
    new = {"displayName": "New", "active": False, "externalId": scim.name()}
    expect.written(scim.patch(scim.path_of(user), *[replaced(value, path) for path, value in new.items()]))
    expect.holds(scim.read(user), **new)


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(("path", "value", "other"), [("displayName", "One", "Two"), ("active", False, True)])
@requirement(
    "INTEROP-6.5.2.1-01", level="lie", consequence=STALE, fix="Treat add on a single-valued attribute as replace."
)
def test_interop_add_and_replace_do_the_same(scim: Session, path: str, value: Any, other: Any, op: str) -> None:
    """`add` and `replace` on a single-valued attribute must both set a missing value and overwrite an existing one."""
    user = scim.new_user()
    scim.target.need_attribute(USER_URN, path)
    for wanted in (value, other):
        expect.written(scim.patch(scim.path_of(user), {"op": op, "path": path, "value": wanted}))
        expect.holds(scim.read(user), **{path: wanted})


@requirement(
    "INTEROP-6.5.2.1-04",
    level="lie",
    consequence="Sub-attributes that were removed in the directory stay in the application.",
    fix="On replace of a whole complex attribute, remove the sub-attributes that were not sent (the RFC keeps them).",
)
def test_interop_replace_on_a_complex_attribute_drops_the_rest(scim: Session) -> None:
    """`replace name` with only a `familyName` must remove the other sub-attributes; `formatted` may remain."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Goes", "middleName": "Too", "familyName": "Before"})
    expect.written(scim.patch(scim.path_of(user), replaced({"familyName": "After"}, "name")))
    name = scim.read(user).get("name") or {}
    expect.lacks(name, "givenName", "middleName")
    expect.holds(name, familyName="After")


@requirement("INTEROP-6.5.2.1-06", level="lie", consequence="Half of a name is lost when the other half is added.")
def test_interop_add_to_a_complex_attribute_keeps_the_rest(scim: Session) -> None:
    """`add name` with only a `middleName` must keep `givenName` and `familyName`."""
    scim.target.need_attribute(USER_URN, "name.middleName")
    user = scim.new_user(name={"givenName": "Stays", "familyName": "Also"})
    operation = {"op": "add", "path": "name", "value": {"middleName": "Comes"}}
    expect.written(scim.patch(scim.path_of(user), operation))
    expect.holds(scim.read(user).get("name") or {}, givenName="Stays", familyName="Also", middleName="Comes")


@requirement("INTEROP-6.5.2.2-02", level="lie", consequence="Old e-mail addresses remain in addition to the new ones.")
def test_interop_replace_of_addresses_replaces_all(scim: Session) -> None:
    """`replace emails` must leave only the e-mail addresses that were sent."""
    work, home, other = addresses(scim)
    user = scim.new_user(emails=[work, home])
    expect.written(scim.patch(scim.path_of(user), replaced([other], "emails")))
    expect.equal(mails(scim.read(user)), {"other": other["value"]}, "emails")


@requirement("INTEROP-6.5.2.2-02", level="lie", consequence="Users who left the group keep the access that it grants.")
def test_interop_replace_of_members_swaps_all(scim: Session) -> None:
    """`replace members` must leave only the members that were sent."""
    users = [scim.new_user() for _ in range(3)]
    group = scim.new_group(members=[member(users[0]), member(users[1])])
    expect.written(scim.patch(scim.path_of(group), replaced([member(users[2])], "members")))
    expect.equal(members(scim.read(group)), ids(users[2]), "members")


@requirement("INTEROP-6.5.2.2-04", level="lie", consequence="Each new e-mail address removes the others.")
def test_interop_add_of_an_address_keeps_the_others(scim: Session) -> None:
    """`add emails` must append the e-mail address and keep the existing ones."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "add", "path": "emails", "value": [home]}))
    expect.equal(mails(scim.read(user)), {"work": work["value"], "home": home["value"]}, "emails")


@requirement("INTEROP-6.5.2.2-04", level="lie", consequence="Each new member removes the others.")
def test_interop_add_of_a_member_keeps_the_others(scim: Session) -> None:
    """`add members` must append the member and keep the existing ones."""
    one, other = scim.new_user(), scim.new_user()
    group = scim.new_group(members=[member(one)])
    expect.written(scim.patch(scim.path_of(group), {"op": "add", "path": "members", "value": [member(other)]}))
    expect.equal(members(scim.read(group)), ids(one, other), "members")


@requirement(
    "INTEROP-6.5.2.2-07", level="lie", consequence="The private e-mail address is overwritten with the one at work."
)
def test_interop_filtered_path_changes_one_part_of_one_element(scim: Session) -> None:
    """`replace emails[type eq "work"].value` must change only the value of the matching element."""
    work, home, new = addresses(scim)
    user = scim.new_user(emails=[work, home])
    answer = scim.patch(scim.path_of(user), replaced(new["value"], 'emails[type eq "work"].value'))
    expect.written(answer)
    expect.equal(mails(scim.read(user)), {"work": new["value"], "home": home["value"]}, "emails")


def _is_plain_string(attribute: Attribute) -> bool:
    plain = attribute.type == "string" and not attribute.multi_valued and attribute.uniqueness == "none"
    return plain and is_writable(attribute) and attribute.returned in ("default", "always")
