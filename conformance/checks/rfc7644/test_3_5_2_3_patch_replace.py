"""RFC 7644 section 3.5.2.3: PATCH `replace`."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.samples import address, addresses, ids, mails, member, members

HOME_ADDRESS = {"type": "home", "streetAddress": "1 Quiet Lane", "locality": "Hamlet"}
WORK_ADDRESSES = [
    {"type": "work", "streetAddress": "1 Busy Street", "locality": "City"},
    {"type": "work", "streetAddress": "2 Busy Street", "locality": "Town"},
]


@requirement("RFC7644-3.5.2.3-02", "RFC7644-3.5.2-25", level="lie")
def test_replace_sets_a_single_value(scim: Session) -> None:
    """PATCH `replace` of displayName must set it."""
    user = scim.new_user(displayName="Before")
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "displayName", "value": "After"}))
    expect.holds(scim.read(user), displayName="After", userName=user["userName"])


@requirement("RFC7644-3.5.2.3-04", level="lie", consequence="An attribute that the user never had cannot be set.")
def test_replace_of_nothing_works_as_add(scim: Session) -> None:
    """PATCH `replace` of an attribute without a value must set it."""
    scim.target.need_attribute(USER_URN, "nickName")
    user = scim.new_user()
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "nickName", "value": "Nick"}))
    expect.holds(scim.read(user), nickName="Nick")


@requirement(
    "RFC7644-3.5.2.3-10",
    level="lie",
    consequence="The leaver keeps access although the provider believes that the user is inactive.",
    fix="Store the new value of active, and return what is stored.",
)
def test_replace_switches_active_off_and_on(scim: Session) -> None:
    """PATCH `replace` of active must deactivate and reactivate the user, and active must be a JSON boolean."""
    user = scim.new_user(active=True)
    for value in (False, True):
        expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "active", "value": value}))
        expect.holds(scim.read(user), active=value)


@requirement(
    "RFC7644-3.5.2.3-01",
    "RFC7644-3.5.2-07",
    level="lie",
    consequence="Okta deactivates users without a path, so leavers keep their access.",
)
@pytest.mark.parametrize("op", ["add", "replace"])
def test_without_path_the_value_names_the_attributes(scim: Session, op: str) -> None:
    """PATCH without a path must set every attribute of its value and keep the others."""
    user = scim.new_user(active=True)
    answer = scim.patch(scim.path_of(user), {"op": op, "value": {"displayName": "Pathless", "active": False}})
    expect.written(answer)
    expect.holds(scim.read(user), displayName="Pathless", active=False, userName=user["userName"])


@requirement(
    "RFC7644-3.5.2.3-05",
    level="lie",
    consequence="A new given name deletes the family name.",
    fix="Change the sub-attributes that are sent, and keep the others.",
)
def test_replace_on_a_complex_attribute_keeps_the_other_parts(scim: Session) -> None:
    """PATCH `replace` of name with a new givenName must keep the familyName."""
    user = scim.new_user(name={"givenName": "Before", "familyName": "Stays"})
    operation = {"op": "replace", "path": "name", "value": {"givenName": "After"}}
    expect.written(scim.patch(scim.path_of(user), operation))
    name = scim.read(user).get("name") or {}
    expect.equal((name.get("givenName"), name.get("familyName")), ("After", "Stays"), "name")


@requirement(
    "RFC7644-3.5.2.3-02", "RFC7644-3.5.2-09", level="lie", consequence="Changes of a user's name never arrive."
)
@pytest.mark.parametrize("part", ["givenName", "familyName", "formatted"])
def test_replace_of_a_sub_attribute(scim: Session, part: str) -> None:
    """PATCH `replace` of a sub-attribute of name must change only this sub-attribute."""
    scim.target.need_attribute(USER_URN, f"name.{part}")
    user = scim.new_user(name={"givenName": "Ann", "familyName": "Berg"})
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": f"name.{part}", "value": "After"}))
    name = scim.read(user).get("name") or {}
    expect.equal(name.get(part), "After", f"name.{part}")
    for other in {"givenName", "familyName"} - {part}:
        expect.equal(name.get(other), {"givenName": "Ann", "familyName": "Berg"}[other], f"name.{other}")


@requirement("RFC7644-3.5.2.3-03", level="lie")
def test_replace_of_a_multi_valued_attribute_replaces_all(scim: Session) -> None:
    """PATCH `replace` of emails must leave exactly the new list."""
    work, home, _ = addresses(scim)
    user = scim.new_user(emails=[work])
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": "emails", "value": [home]}))
    expect.equal(mails(scim.read(user)), {"home": home["value"]}, "emails")


@requirement(
    "RFC7644-3.5.2.3-03",
    level="lie",
    consequence="Leavers stay in the group although the provider has sent the complete list of members.",
)
@pytest.mark.parametrize("with_path", [True, False], ids=["path", "no path"])
def test_replace_of_members_replaces_all(scim: Session, with_path: bool) -> None:
    """PATCH `replace` of members must leave exactly the new members, with and without a path."""
    one, two, three = (scim.new_user() for _ in range(3))
    group = scim.new_group(members=[member(one), member(two)])
    new = [member(two), member(three)]
    operation = (
        {"op": "replace", "path": "members", "value": new}
        if with_path
        else {"op": "replace", "value": {"members": new}}
    )
    expect.written(scim.patch(scim.path_of(group), operation))
    expect.equal(members(scim.read(group)), ids(two, three), "members")


@requirement("RFC7644-3.5.2.3-06", "RFC7644-3.5.2-09", level="lie", consequence="Other addresses or roles are lost.")
def test_replace_with_filter_replaces_matching_elements(scim: Session) -> None:
    """PATCH `replace` of `addresses[type eq "work"]` must change every matching element and no other."""
    scim.target.need_attribute(USER_URN, "addresses.streetAddress")
    user = scim.new_user(addresses=[*WORK_ADDRESSES, HOME_ADDRESS])
    value = {"type": "work", "streetAddress": "3 New Street", "locality": "Port"}
    answer = scim.patch(scim.path_of(user), {"op": "replace", "path": 'addresses[type eq "work"]', "value": value})
    expect.written(answer)
    held = [(a.get("type"), a.get("streetAddress")) for a in scim.read(user).get("addresses") or ()]
    expect.equal(
        sorted(set(map(str, held))), sorted(map(str, {("home", "1 Quiet Lane"), ("work", "3 New Street")})), "addresses"
    )


@requirement(
    "RFC7644-3.5.2.3-07",
    "RFC7644-3.5.2-09",
    level="lie",
    consequence="The second matching address keeps the old value.",
)
def test_replace_with_filter_and_sub_attribute_changes_all_matches(scim: Session) -> None:
    """PATCH `replace` of `addresses[type eq "work"].streetAddress` must change only this part of each match."""
    scim.target.need_attribute(USER_URN, "addresses.streetAddress")
    user = scim.new_user(addresses=[*WORK_ADDRESSES, HOME_ADDRESS])
    operation = {"op": "replace", "path": 'addresses[type eq "work"].streetAddress', "value": "4 New Street"}
    expect.written(scim.patch(scim.path_of(user), operation))
    held = sorted((str(a.get("streetAddress")), str(a.get("locality"))) for a in scim.read(user).get("addresses") or ())
    wanted = [("1 Quiet Lane", "Hamlet"), ("4 New Street", "City"), ("4 New Street", "Town")]
    expect.equal(held, sorted(wanted), "addresses")


@requirement("RFC7644-3.5.2.3-07", level="lie")
def test_replace_with_filter_changes_the_matching_element(scim: Session) -> None:
    """PATCH `replace` of `emails[type eq "work"].value` must change only this address."""
    work, home, other = addresses(scim)
    user = scim.new_user(emails=[work, home, other])
    new = address(scim)
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": new}
    expect.written(scim.patch(scim.path_of(user), operation))
    wanted = {"work": new, "home": home["value"], "other": other["value"]}
    expect.equal(mails(scim.read(user)), wanted, "emails")


@requirement(
    "RFC7644-3.5.2.3-07", level="lie", consequence="Roles with special characters in their value cannot be changed."
)
@pytest.mark.parametrize("value", ["3675:admin", "a.b-c", "tick'ed", "b]r[x"])
def test_filter_values_may_hold_any_character(scim: Session, value: str) -> None:
    """A filter in a PATCH path must match values that contain a colon, dot, bracket, or apostrophe."""
    scim.target.need_attribute(USER_URN, "roles.value")
    scim.target.need_attribute(USER_URN, "roles.display")
    own, other = (f"{value} {scim.name()}" for _ in range(2))
    user = scim.new_user(roles=[{"value": own, "display": "one"}, {"value": other, "display": "other"}])
    operation = {"op": "replace", "path": f'roles[value eq "{own}"].display', "value": "changed"}
    expect.written(scim.patch(scim.path_of(user), operation))
    held = {str(item.get("value")).lower(): item.get("display") for item in scim.read(user).get("roles") or ()}
    expect.equal(held, {own.lower(): "changed", other.lower(): "other"}, "the value and display of the roles")


@requirement(
    "RFC7644-3.5.2.3-08",
    "RFC7644-3.12-24",
    level="lie",
    consequence="Entra expects the email address to be created, so it never arrives.",
)
def test_replace_with_filter_that_matches_nothing(scim: Session) -> None:
    """PATCH `replace` with a filter without a match must fail with 400 or create the element (as Entra expects)."""
    _, home, _ = addresses(scim)
    user = scim.new_user(emails=[home])
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": (new := address(scim))}
    answer = scim.patch(scim.path_of(user), operation)
    if answer.status == 400:
        expect.keyword(scim, answer, 400, "noTarget")
        expect.unchanged(scim, user)
        return
    expect.written(answer)
    if mails(scim.read(user)).get("work") != new:
        got = json_of(scim.read(user).get("emails"))
        raise Finding("PATCH succeeds without any effect", "400 noTarget, or the new element", got)
    scim.note("the element is created, as Entra expects; RFC 7644 section 3.5.2.3 requires 400 noTarget")


@requirement("RFC7644-3.5.2.3-11", "RFC7644-3.5.2-17", level="lie", consequence="The department is never updated.")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_extension_attributes_are_patched_by_urn(scim: Session, op: str) -> None:
    """PATCH must set and remove an extension attribute by its full path and add the extension's URN to schemas."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    user = scim.new_user()
    path = f"{ENTERPRISE_URN}:department"
    expect.written(scim.patch(scim.path_of(user), {"op": op, "path": path, "value": "Check"}))
    read = scim.read(user)
    expect.equal((read.get(ENTERPRISE_URN) or {}).get("department"), "Check", "department")
    expect.equal(ENTERPRISE_URN in read["schemas"], True, "whether schemas contains the URN of the extension")
    expect.written(scim.patch(scim.path_of(user), {"op": "remove", "path": path}))
    expect.lacks(scim.read(user).get(ENTERPRISE_URN) or {}, "department")


@requirement("RFC7644-3.5.2.3-11", level="lie", consequence="Approvals go to the wrong manager.")
def test_manager_is_patched_by_urn(scim: Session) -> None:
    """PATCH must set manager.value by its full path."""
    scim.target.need_attribute(ENTERPRISE_URN, "manager.value")
    manager, user = scim.new_user(), scim.new_user()
    path = f"{ENTERPRISE_URN}:manager.value"
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": path, "value": manager["id"]}))
    held: Any = (scim.read(user).get(ENTERPRISE_URN) or {}).get("manager")
    expect.equal(held.get("value") if isinstance(held, dict) else held, manager["id"], "manager.value")
