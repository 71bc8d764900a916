"""RFC 7644 section 3.4.2.5: attributes and excludedAttributes in lists."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.cohorts import NAMING, cohort, page
from conformance.topics.one_attribute import is_empty
from conformance.topics.samples import addresses, member

LARGE = "Providers restrict attributes to keep responses small; full responses make a cycle take hours."


def element(scim: Session, type_name: str = "User", **parameters: str) -> dict[str, Any]:
    """Create a resource with several attributes, and return it as a list with these parameters shows it."""
    work, home, _ = addresses(scim)
    if type_name == "Group":
        made = scim.new_group(members=[member(scim.new_user())])
    else:
        made = scim.new_user(displayName="Shown", title="Chief", emails=[work, home])
    filter_ = f'{NAMING[type_name]} eq "{made[NAMING[type_name]]}"'
    answer = scim.search(filter_, scim.target.need_type(type_name), **parameters)
    expect.found(answer, made)
    return expect.listing(answer)[0]


@pytest.mark.parametrize(("type_name", "name"), [("User", "userName"), ("Group", "displayName")])
@requirement(
    "RFC7644-3.4.2.5-01",
    "RFC7644-3.4.2.5-03",
    "RFC7644-3.9-04",
    level="cosmetic",
    consequence=LARGE,
    fix="Apply attributes to each resource of a list.",
)
def test_attributes_replace_the_default_set_of_a_list(scim: Session, type_name: str, name: str) -> None:
    """With attributes, each resource of a list must contain only id, the requested attribute, and what is always returned."""
    shown = element(scim, type_name, attributes=name)
    surplus = sorted(set(shown) - {"schemas", "id", name, "meta"} - always(scim, type_name))
    expect.equal(surplus, [], "attributes that were not requested")
    expect.equal(name in shown and "id" in shown, True, f"whether the response contains id and {name}")


@pytest.mark.parametrize(
    "written", ["name.givenName", "NAME.GIVENNAME", f"{USER_URN}:name.givenName"], ids=["path", "capitals", "urn"]
)
@requirement(
    "RFC7644-3.4.2.5-04",
    "RFC7644-3.10-01",
    level="cosmetic",
    consequence="A client that requests a sub-attribute by its path gets nothing and treats it as empty.",
    fix="Parse names as in a filter: with or without URN, in any case, and with or without a sub-attribute.",
)
def test_attributes_take_standard_notation(scim: Session, written: str) -> None:
    """attributes must support sub-attributes, URNs, and any case; returning all of name is a warning."""
    scim.target.need_attribute(USER_URN, "name.givenName")
    name = element(scim, attributes=written).get("name") or {}
    expect.equal(name.get("givenName"), "Check", "name.givenName")
    if sorted(name) != ["givenName"]:
        scim.warn("the whole attribute name is returned", "only givenName", ", ".join(sorted(name)))


@requirement(
    "RFC7644-3.4.2.5-01",
    "RFC7644-3.4.2.5-05",
    "RFC7644-3.9-06",
    level="cosmetic",
    consequence=LARGE,
    fix="Apply excludedAttributes to each resource of a list.",
)
def test_excluded_attributes_leave_lists(scim: Session) -> None:
    """excludedAttributes=name,emails must remove both attributes from a list and keep the others."""
    shown = element(scim, excludedAttributes="name,emails")
    expect.lacks(shown, "name", "emails")
    expect.holds(shown, title="Chief")


@pytest.mark.parametrize("place", ["resource", "list"])
@requirement(
    "RFC7644-3.4.2.5-05",
    "RFC7644-3.9-06",
    level="refusal",
    consequence="Entra reads groups without members; the full member list of a large group makes the cycle fail.",
    fix="Omit members if excludedAttributes names them, and do not load them at all.",
)
def test_members_can_be_excluded(scim: Session, place: str) -> None:
    """excludedAttributes=members must remove members from a single group and from a list."""
    if place == "list":
        expect.lacks(element(scim, "Group", excludedAttributes="members"), "members")
        return
    group = scim.new_group(members=[member(scim.new_user())])
    shown = expect.status(scim.get(scim.path_of(group), excludedAttributes="members"), 200).json
    expect.lacks(shown, "members")
    expect.holds(shown, id=group["id"], displayName=group["displayName"])


@pytest.mark.parametrize("type_name", ["User", "Group"])
@requirement(
    "RFC7644-3.4.2.5-06",
    "RFC7643-7-26",
    level="lie",
    consequence="A user without an id can no longer be changed or removed.",
    fix="Return attributes with returned: always even if excludedAttributes names them.",
)
def test_always_returned_attributes_cannot_be_excluded(scim: Session, type_name: str) -> None:
    """In lists, excludedAttributes must not remove id or any other attribute that is always returned."""
    two = cohort(scim, 2, type_name)
    kept = {"id"} | always(scim, type_name)
    elements = expect.listing(page(scim, two, excludedAttributes=",".join(sorted(kept))))
    expect.equal(sorted(str(element.get("id")) for element in elements), sorted(two.ids), "the ids")
    for element_ in elements:
        whole = scim.read(two.resources[two.ids.index(element_["id"])])
        assigned = {name for name, value in whole.items() if not is_empty(value)}
        expect.equal(sorted(kept & assigned - set(element_)), [], "attributes that the list lacks")


@requirement(
    "RFC7644-3.4.2.5-05",
    level="cosmetic",
    consequence=LARGE,
    fix="Remove only the sub-attribute that the path names.",
)
def test_part_of_an_attribute_can_be_excluded_in_lists(scim: Session) -> None:
    """excludedAttributes=name.givenName must remove only this sub-attribute from a list and keep name.familyName."""
    scim.target.need_attribute(USER_URN, "name.givenName")
    scim.target.need_attribute(USER_URN, "name.familyName")
    name = element(scim, excludedAttributes="name.givenName").get("name") or {}
    expect.equal(sorted({"givenName", "familyName"} & set(name)), ["familyName"], "the sub-attributes of name")


def always(scim: Session, type_name: str) -> set[str]:
    """The top-level attributes that the server's schema declares as always returned."""
    return {a.name for a in scim.target.attributes(type_name) if a.is_core and not a.parent and a.returned == "always"}
