"""RFC 7644 section 3.10: {urn}:{attribute}.{sub-attribute}, wherever an attribute is named."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.cohorts import cohort, ids_in, page

PATH = "name.givenName"
FULL = f"{USER_URN}:{PATH}"
CONSEQUENCE = "A client that names attributes in full is refused, or gets everybody."
FIX = "Use one reader of attribute names for filters, sortBy, attributes and PATCH paths."


@pytest.mark.parametrize("written", [PATH, FULL], ids=["short", "full"])
@requirement("RFC7644-3.10-01", "RFC7644-3.10-02", level="refusal", consequence=CONSEQUENCE, fix=FIX)
def test_filter_takes_full_names(scim: Session, written: str) -> None:
    """A filter finds by urn:…:User:name.givenName what it finds by name.givenName."""
    scim.target.need_attribute(USER_URN, PATH)
    name = scim.name()
    user, _ = scim.new_user(name={"givenName": name, "familyName": "Check"}), scim.new_user()
    plain, same = (scim.search(f'{path} eq "{name}"') for path in (PATH, written))
    expect.chosen(scim, same, user, plain=plain if written != PATH else None)


@requirement("RFC7644-3.10-01", level="lie", consequence=CONSEQUENCE, fix=FIX)
def test_sort_by_takes_full_names(scim: Session) -> None:
    """sortBy urn:…:User:name.givenName orders like name.givenName."""
    scim.target.need("sort")
    scim.target.need_attribute(USER_URN, PATH)
    three = cohort(scim, 3, each=lambda n: {"name": {"givenName": "bca"[n], "familyName": "Check"}})
    b, c, a = three.ids
    for written in (PATH, FULL):
        expect.equal(ids_in(expect.listing(page(scim, three, sortBy=written))), [a, b, c], "the order")


@requirement("RFC7644-3.10-01", level="cosmetic", consequence=CONSEQUENCE, fix=FIX)
def test_attributes_take_full_names(scim: Session) -> None:
    """attributes and excludedAttributes understand urn:…:User:name.givenName."""
    scim.target.need_attribute(USER_URN, PATH)
    user = scim.new_user()
    asked, excluded = (scim.get(scim.path_of(user), **{name: FULL}) for name in ("attributes", "excludedAttributes"))
    expect.status(asked, 200), expect.status(excluded, 200)
    expect.equal((asked["name"] or {}).get("givenName"), "Check", "name.givenName when it is asked for")
    expect.lacks(excluded["name"] or {}, "givenName")


@requirement("RFC7644-3.10-01", level="refusal", consequence=CONSEQUENCE, fix=FIX)
def test_patch_paths_take_full_names(scim: Session) -> None:
    """A PATCH path urn:…:User:name.givenName sets name.givenName and nothing else."""
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
    consequence="A client that writes URNs in another case is refused, or gets everybody.",
    fix="Compare URNs and names without case.",
)
def test_urns_have_no_case(scim: Session, written: str) -> None:
    """URN:IETF:…:USERNAME works like urn:ietf:…:userName, or is refused."""
    user, _ = scim.new_user(), scim.new_user()
    expect.chosen(scim, scim.search(f'{written} eq "{user["userName"]}"'), user)
