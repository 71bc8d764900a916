"""RFC 7644 sections 5 and 7.8: names are normalized before they are compared."""

from __future__ import annotations

import unicodedata

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN

TWO = "One user has two accounts, and one of them remains active after the user leaves."
FIX = "Normalize names as in PRECIS (RFC 7613), or at least with NFC and lower case, before comparing them."
# The name of the first user, and another spelling of it.
SPELLINGS = {
    "letter case": ("zoe", "ZOE"),
    "decomposed accent": ("zo\u00eb", "zoe\u0308"),
    "full width": ("zoe", "\uff5a\uff4f\uff45"),
}
each_spelling = pytest.mark.parametrize("kind", SPELLINGS)


@each_spelling
@requirement("RFC7644-5-01", "RFC7643-4.1.1-03", level="lie", consequence=TWO, fix=FIX)
def test_same_name_in_another_spelling_is_taken(scim: Session, kind: str) -> None:
    """A userName that differs from an existing one only in case must be rejected; accents and width are a warning."""
    mark = scim.name()
    one, other = (f"{spelling}.{mark}@check.example" for spelling in SPELLINGS[kind])
    first = scim.post(scim.users, scim.user_body(userName=one))
    if first.status == 400:
        scim.note("POST rejects a userName with these characters")
        return
    expect.status(first, 201)
    answer = scim.post(scim.users, scim.user_body(userName=other))
    if answer.status == 201 and kind != "letter case":  # few servers implement PRECIS (RFC 7613)
        scim.warn(f"the same userName with a different spelling ({kind}) creates a second user", "409", "201")
        return
    expect.status(answer, 409, 400)


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@requirement("RFC7644-7.8-01", "RFC7644-5-01", level="lie", consequence=TWO, fix=FIX)
def test_filter_finds_the_other_composition(scim: Session, stored: str) -> None:
    """A filter must find a value with accents; not finding it in a different Unicode normalization is a warning."""
    scim.target.need("filter")
    scim.target.need_attribute(USER_URN, "displayName")
    text = f"Zo\u00eb {scim.name()}"
    other = "NFD" if stored == "NFC" else "NFC"
    user = scim.new_user(displayName=unicodedata.normalize("NFC" if stored == "NFC" else "NFD", text))
    same = scim.search(f'displayName eq "{user["displayName"]}"')
    expect.chosen(scim, same, user)
    if same.status in expect.DECLINED:
        return
    if not expect.listing(scim.search(f'displayName eq "{unicodedata.normalize(other, text)}"')):  # type: ignore[arg-type]
        scim.warn("a filter with a different Unicode normalization finds no user", "the user", "no user")
