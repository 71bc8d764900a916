"""RFC 7643 section 4.1.2: emails, phone numbers, ims, photos, addresses, entitlements, and roles of a user."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import accepted, elements, tolerated
from conformance.topics.samples import address

PHONES = ["work", "home", "mobile", "fax", "pager", "other"]
ADDRESS = {
    "formatted": "Strandvej 1\n2100 Copenhagen",
    "streetAddress": "Strandvej 1\nStuen",
    "locality": "Copenhagen",
    "region": "Hovedstaden",
    "postalCode": "2100",
    "country": "DK",
    "type": "work",
}
FREE = {
    "entitlements": [{"value": "licence-a", "type": "seat"}, {"value": "licence-b", "type": "quota"}],
    "roles": [{"value": "reader", "display": "Reader"}, {"value": "editor", "display": "Editor"}],
}


@requirement(
    "RFC7643-4.1.2-02",
    level="cosmetic",
    consequence="Email may reach another person, because some mail systems distinguish case before the @.",
)
def test_domain_alone_may_be_canonicalised(scim: Session) -> None:
    """A server may change the domain of an email address to lower case, but should not change the part before the @ (warning)."""
    local = f"Anna.{scim.name()}"
    emails = elements(accepted(scim, emails=[{"value": f"{local}@CHECK.EXAMPLE", "type": "work"}]), "emails")
    got = str(emails[0].get("value")) if emails else "none"
    if got.lower() != f"{local}@check.example".lower() or not got.startswith(f"{local}@"):
        raise Finding("the server changes an email address before the @", f"{local}@check.example", got)


@requirement("RFC7643-4.1.2-03", level="cosmetic")
def test_display_of_an_email_that_nobody_sent_is_its_value(scim: Session) -> None:
    """If the server adds display to an email, it should be the address (warning)."""
    own = address(scim)
    for email in elements(accepted(scim, emails=[{"value": own, "type": "work"}]), "emails"):
        expect.equal(str(email.get("display") or email.get("value")).lower(), own, "emails.display")


@requirement("RFC7643-4.1.2-04", "RFC7643-4.1.2-30", "RFC7643-2.3.1-03", level="lie")
@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("emails", {"type": "assistant"}),
        ("phoneNumbers", {"value": "tel:+1-201-555-0123", "type": "satellite"}),
    ],
    ids=["assistant", "satellite"],
)
def test_type_of_ones_own_is_kept_dropped_or_refused(scim: Session, name: str, element: dict[str, Any]) -> None:
    """An element with a type outside canonicalValues should keep its value or be rejected with 400 invalidValue (warning)."""
    element = {"value": address(scim), **element}
    user = tolerated(scim, "invalidValue", **{name: [element]})
    if user is None:
        scim.note(f"the server rejects a custom type in {name}")
    elif user.get(name):
        expect.equal(_digits(elements(user, name)[0].get("value")), _digits(element["value"]), f"{name}.value")


@requirement("RFC7643-4.1.2-06", level="lie", consequence="Calls and one-time codes go to the wrong number.")
def test_phone_number_stays_the_same_number(scim: Session) -> None:
    """A phone number should keep its digits, in whatever notation (warning)."""
    scim.target.need_attribute(USER_URN, "phoneNumbers")
    phones = elements(accepted(scim, phoneNumbers=[{"value": "tel:+1-201-555-0123", "type": "work"}]), "phoneNumbers")
    expect.equal([_digits(phone.get("value")) for phone in phones], ["12015550123"], "digits of the phone number")


@requirement("RFC7643-4.1.2-08", level="lie", consequence="A mobile number appears as an office number.")
@pytest.mark.parametrize("kind", PHONES)
def test_phone_of_each_type_is_kept(scim: Session, kind: str) -> None:
    """The phone types work, home, mobile, fax, pager, and other must be stored, unless canonicalValues excludes them."""
    known = scim.target.need_attribute(USER_URN, "phoneNumbers.type").get("canonicalValues")
    if known and kind not in known:  # RFC 7643 7: a server may ignore other values
        raise NotOffered(f"phoneNumbers.type {kind}")
    number = f"tel:+1-201-555-01{10 + PHONES.index(kind)}"
    phones = elements(accepted(scim, phoneNumbers=[{"value": number, "type": kind}]), "phoneNumbers")
    expect.equal([phone.get("type") for phone in phones], [kind], "phoneNumbers.type")


@requirement("RFC7643-4.1.2-10", level="lie")
def test_instant_messenger_is_kept(scim: Session) -> None:
    """An element of ims of type xmpp should be returned as sent (warning)."""
    scim.target.need_attribute(USER_URN, "ims.type")
    own = address(scim)
    ims = elements(accepted(scim, ims=[{"value": own, "type": "xmpp"}]), "ims")
    expect.equal([(im.get("value"), im.get("type")) for im in ims], [(own, "xmpp")], "ims")


@requirement("RFC7643-4.1.2-15", level="lie")
def test_photo_and_thumbnail_are_kept(scim: Session) -> None:
    """Photos of the types photo and thumbnail must be returned with their URLs."""
    scim.target.need_attribute(USER_URN, "photos.type")
    sent = [{"value": f"https://check.example/{kind}.png", "type": kind} for kind in ("photo", "thumbnail")]
    got = {photo.get("type"): photo.get("value") for photo in elements(accepted(scim, photos=sent), "photos")}
    expect.equal(got, {photo["type"]: photo["value"] for photo in sent}, "photos")


@requirement(
    "RFC7643-4.1.2-16",
    "RFC7643-4.1.2-17",
    level="lie",
    consequence="The postal address in the application is incomplete.",
)
def test_address_has_all_its_parts(scim: Session) -> None:
    """All sub-attributes of an address must be returned as sent, including line breaks."""
    sent = {part: value for part, value in ADDRESS.items() if _declared(scim, f"addresses.{part}")}
    got = (elements(accepted(scim, addresses=[sent]), "addresses") or [{}])[0]
    wrong = {part: got.get(part) for part, value in sent.items() if got.get(part) != value and part != "formatted"}
    expect.equal(wrong, {}, "sub-attributes of an address that differ")
    if "formatted" in got and "\n" not in str(got["formatted"]):
        raise Finding(
            "addresses.formatted lost its line break", json_of(ADDRESS["formatted"]), json_of(got["formatted"])
        )


@requirement(
    "RFC7643-4.1.2-29",
    "RFC7643-4.1.2-16",
    level="refusal",
    consequence="Users with an incomplete address are rejected.",
)
@pytest.mark.parametrize("part", ["streetAddress", "locality", "region", "postalCode", "country"])
def test_address_of_one_part_is_taken(scim: Session, part: str) -> None:
    """An address with a single sub-attribute must be accepted and returned."""
    scim.target.need_attribute(USER_URN, f"addresses.{part}")
    got = elements(accepted(scim, addresses=[{part: ADDRESS[part]}]), "addresses")
    expect.equal([item.get(part) for item in got], [ADDRESS[part]], f"addresses.{part}")


@requirement("RFC7643-4.1.2-18", level="lie")
@pytest.mark.parametrize("country", ["US", "USA"])
def test_country_is_a_code_of_two_letters(scim: Session, country: str) -> None:
    """The country US must be returned as sent; USA, which is not a two-letter code, may be kept, changed, or rejected."""
    if country == "US":
        got = elements(accepted(scim, addresses=[{"country": country}]), "addresses")
        expect.equal([item.get("country") for item in got], ["US"], "addresses.country")
    elif tolerated(scim, "invalidValue", addresses=[{"country": country}]) is None:
        scim.note("the server rejects a country that is not a two-letter code")


@requirement("RFC7643-4.1.2-25", "RFC7643-4.1.2-26", level="lie", consequence="Users do not get their permissions.")
@pytest.mark.parametrize("name", list(FREE))
def test_rights_are_free_in_form(scim: Session, name: str) -> None:
    """Entitlements and roles must be stored and returned with value, type, and display."""
    scim.target.need_attribute(USER_URN, f"{name}.value")
    got = {str(item.get("value")): item for item in elements(accepted(scim, **{name: FREE[name]}), name)}
    expect.equal(sorted(got), sorted(item["value"] for item in FREE[name]), f"{name}.value")
    for sent in FREE[name]:
        for part in sent:
            if _declared(scim, f"{name}.{part}"):
                expect.equal(got[sent["value"]].get(part), sent[part], f"{name}.{part}")


def _declared(scim: Session, path: str) -> bool:
    try:
        scim.target.need_attribute(USER_URN, path)
    except NotOffered:
        return False
    return True


def _digits(value: object) -> str:
    """The digits of a number; a value without digits in lower case."""
    return re.sub(r"\D", "", str(value)) or str(value).lower()
