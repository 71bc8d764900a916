"""RFC 7644 section 3.10: {urn}:{attribute}.{sub-attribute} is valid wherever an attribute is named."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.cohorts import cohort, ids_in, page

PATH = "name.givenName"
FULL = f"{USER_URN}:{PATH}"
CONSEQUENCE = "A client that uses fully qualified attribute names gets an error, or a response that covers every user."
FIX = "Parse attribute names in filters, sortBy, attributes, and PATCH paths with the same function."


@pytest.mark.parametrize("written", [PATH, FULL], ids=["short", "full"])
@requirement("RFC7644-3.10-01", "RFC7644-3.10-02", level="refusal", consequence=CONSEQUENCE, fix=FIX)
def test_filter_takes_full_names(scim: Session, written: str) -> None:
    """A filter on urn:…:User:name.givenName must find the same user as a filter on name.givenName."""
    scim.target.need_attribute(USER_URN, PATH)
    name = scim.name()
    user, _ = scim.new_user(name={"givenName": name, "familyName": "Check"}), scim.new_user()
    plain, same = (scim.search(f'{path} eq "{name}"') for path in (PATH, written))
    expect.chosen(scim, same, user, plain=plain if written != PATH else None)


@requirement("RFC7644-3.10-01", level="lie", consequence=CONSEQUENCE, fix=FIX)
def test_sort_by_takes_full_names(scim: Session) -> None:
    """sortBy=urn:…:User:name.givenName must sort in the same order as sortBy=name.givenName."""
    scim.target.need("sort")
    scim.target.need_attribute(USER_URN, PATH)
    three = cohort(scim, 3, each=lambda n: {"name": {"givenName": "bca"[n], "familyName": "Check"}})
    b, c, a = three.ids
    for written in (PATH, FULL):
        expect.equal(ids_in(expect.listing(page(scim, three, sortBy=written))), [a, b, c], "the order of the users")


@requirement("RFC7644-3.10-01", level="cosmetic", consequence=CONSEQUENCE, fix=FIX)
def test_attributes_take_full_names(scim: Session) -> None:
    """attributes and excludedAttributes must support the name urn:…:User:name.givenName."""
    scim.target.need_attribute(USER_URN, PATH)
    user = scim.new_user()
    asked, excluded = (scim.get(scim.path_of(user), **{name: FULL}) for name in ("attributes", "excludedAttributes"))
    expect.status(asked, 200), expect.status(excluded, 200)
    expect.equal((asked["name"] or {}).get("givenName"), "Check", "name.givenName, requested with attributes")
    expect.lacks(excluded["name"] or {}, "givenName")


@requirement("RFC7644-3.10-01", level="refusal", consequence=CONSEQUENCE, fix=FIX)
def test_patch_paths_take_full_names(scim: Session) -> None:
    """PATCH with the path urn:…:User:name.givenName must change name.givenName and nothing else."""
    scim.target.need_attribute(USER_URN, PATH)
    user = scim.new_user()
    before = scim.read(user)
    expect.written(scim.patch(scim.path_of(user), {"op": "replace", "path": FULL, "value": "Patched"}))
    name = scim.read(user).get("name") or {}
    expect.equal(name.get("givenName"), "Patched", "name.givenName")
    expect.equal(name.get("familyName"), (before.get("name") or {}).get("familyName"), "name.familyName")


@pytest.mark.parametrize(
    "written",
    [f"{USER_URN.upper()}:USERNAME", f"{USER_URN}:username", f"{USER_URN.replace('urn', 'URN')}:userName"],
    ids=["all", "attribute", "scheme"],
)
@requirement(
    "RFC7644-3.10-04",
    level="refusal",
    consequence="A client that writes URNs in a different case gets an error, or a list of every user.",
    fix="Compare URNs and attribute names case-insensitively.",
)
def test_urns_have_no_case(scim: Session, written: str) -> None:
    """Filters must treat URNs and attribute names as case-insensitive; rejecting such a filter is a warning."""
    user, _ = scim.new_user(), scim.new_user()
    expect.chosen(scim, scim.search(f'{written} eq "{user["userName"]}"'), user)
