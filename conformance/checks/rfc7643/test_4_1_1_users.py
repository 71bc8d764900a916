"""RFC 7643 section 4.1.1: the singular attributes of a user, including active."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import accepted, tolerated
from conformance.topics.samples import replaced

LOCALES = {"en_US", "en-US", "en-us", "en_us"}
SINGLE = {
    "profileUrl": "https://check.example/anna",
    "userType": "Volunteer",
    "preferredLanguage": "da, en-gb;q=0.8, en;q=0.7",
    "locale": "en-US",
    "timezone": "Europe/Copenhagen",
}


@requirement(
    *("RFC7643-4.1.1-09", "RFC7643-4.1.1-10", "RFC7643-4.1.1-11", "RFC7643-4.1.1-12", "RFC7643-4.1.1-14"),
    level="lie",
    consequence="The provider sends the value again in every cycle.",
    fix="Accept every value in the format of the attribute, and return it unchanged.",
)
@pytest.mark.parametrize("name", list(SINGLE))
def test_user_attribute_takes_its_format(scim: Session, name: str) -> None:
    """A valid profileUrl, userType, preferredLanguage, locale, and timezone must be accepted and returned."""
    got = accepted(scim, **{name: SINGLE[name]}).get(name)
    same = got == SINGLE[name] if name == "userType" else _folded(got) == _folded(SINGLE[name])
    if not same:
        raise Finding(f"{name} differs from the sent value", json_of(SINGLE[name]), json_of(got))


@requirement("RFC7643-4.1.1-06", level="lie")
def test_display_name_comes_back(scim: Session) -> None:
    """displayName should be returned as sent (warning)."""
    name = scim.name()
    expect.holds(accepted(scim, displayName=name), displayName=name)


@requirement("RFC7643-4.1.1-04", level="lie", consequence="Users appear under the wrong name.")
def test_name_comes_back_whole_or_in_parts(scim: Session) -> None:
    """name should be returned as `formatted`, as sub-attributes, or both, with the sent values (warning)."""
    scim.target.need_attribute(USER_URN, "name.givenName")
    sent = {"formatted": "Dr. Anna Check", "givenName": "Anna", "familyName": "Check"}
    name = accepted(scim, name=sent).get("name")
    if not isinstance(name, dict) or not (name.get("formatted") or name.get("familyName")):
        raise Finding("the server returns neither name.formatted nor name.familyName", json_of(sent), json_of(name))
    for part in ("givenName", "familyName"):
        expect.equal(name.get(part, sent[part]), sent[part], f"name.{part}")


@requirement("RFC7643-4.1.1-13", level="refusal")
def test_locale_with_an_underscore_is_taken_or_refused(scim: Session) -> None:
    """The locale en_US should be kept, changed to en-US, or rejected with a SCIM error (warning)."""
    user = tolerated(scim, "invalidValue", locale="en_US")
    if user is not None and user.get("locale") not in LOCALES:
        raise Finding(
            "locale is neither the sent value nor its standard form", "en_US or en-US", json_of(user.get("locale"))
        )


@requirement(
    "RFC7643-4.1.1-15",
    level="lie",
    consequence="A leaver keeps access although the provider assumes that the account is disabled.",
)
def test_inactive_user_stays_readable(scim: Session) -> None:
    """A user with active false must still be returned by GET, with active false."""
    user = scim.new_user(active=True)
    expect.written(scim.patch(scim.path_of(user), replaced(False, "active")))
    expect.holds(scim.read(user), active=False)


@requirement("RFC7643-4.1.1-15", level="lie", consequence="A new user has no access on the first day.")
def test_user_without_active_can_work(scim: Session) -> None:
    """active must be a boolean if present; creating a user without active as inactive is a warning."""
    scim.target.need_attribute(USER_URN, "active")
    active = accepted(scim).get("active")
    if active is False:
        scim.warn("a user that was created without active is inactive", "true, or no active", "false")
    elif active not in (None, True):
        raise Finding("active is not a boolean", "true", json_of(active))


@requirement("RFC7643-4.1.1-09", level="lie")
def test_url_without_a_scheme_does_no_harm(scim: Session) -> None:
    """A profileUrl without a scheme must be kept, changed, or rejected with a SCIM error."""
    if tolerated(scim, "invalidValue", "invalidSyntax", profileUrl="check.example") is None:
        scim.note("the server rejects a profileUrl that is not a URL")


def _folded(value: object) -> str:
    """The value without case, spaces, and a trailing slash, because a server may store a canonical form."""
    return "".join(str(value).lower().split()).rstrip("/")
