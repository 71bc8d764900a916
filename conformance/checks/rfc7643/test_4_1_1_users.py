"""RFC 7643 section 4.1.1: the singular attributes of a user, and active."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
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
    consequence="The provider re-sends the value at every cycle.",
    fix="Take every value of the attribute's format, and return it.",
)
@pytest.mark.parametrize("name", list(SINGLE))
def test_user_attribute_takes_its_format(scim: Session, name: str) -> None:
    """A URL, any user type, a list of languages, a locale, a time zone: taken and shown again."""
    got = accepted(scim, **{name: SINGLE[name]}).get(name)
    same = got == SINGLE[name] if name == "userType" else _folded(got) == _folded(SINGLE[name])
    if not same:
        raise Finding(f"{name} is not what was sent", repr(SINGLE[name]), repr(got))


@requirement("RFC7643-4.1.1-06", level="lie")
def test_display_name_comes_back(scim: Session) -> None:
    """displayName is shown as sent; a server that composes it itself is told."""
    name = scim.name()
    expect.holds(accepted(scim, displayName=name), displayName=name)


@requirement("RFC7643-4.1.1-04", level="lie", consequence="People are called by other people's names.")
def test_name_comes_back_whole_or_in_parts(scim: Session) -> None:
    """formatted, the parts, or both are returned; a part that is returned is the one that was sent."""
    scim.target.need_attribute(USER_URN, "name.givenName")
    sent = {"formatted": "Dr. Anna Check", "givenName": "Anna", "familyName": "Check"}
    name = accepted(scim, name=sent).get("name")
    if not isinstance(name, dict) or not (name.get("formatted") or name.get("familyName")):
        raise Finding("name is neither returned whole nor in parts", repr(sent), repr(name))
    for part in ("givenName", "familyName"):
        expect.equal(name.get(part, sent[part]), sent[part], f"name.{part}")


@requirement("RFC7643-4.1.1-13", level="refusal")
def test_locale_with_an_underscore_is_taken_or_refused(scim: Session) -> None:
    """en_US is kept, or turned into en-US, or refused in words."""
    user = tolerated(scim, "invalidValue", locale="en_US")
    if user is not None and user.get("locale") not in LOCALES:
        raise Finding("locale is neither what was sent nor its proper form", "en_US or en-US", repr(user.get("locale")))


@requirement(
    "RFC7643-4.1.1-15", level="lie", consequence="The leaver keeps access while the provider believes otherwise."
)
def test_inactive_user_stays_readable(scim: Session) -> None:
    """A user with active=false is still there and says so."""
    user = scim.new_user(active=True)
    expect.written(scim.patch(scim.path_of(user), replaced(False, "active")))
    expect.holds(scim.read(user), active=False)


@requirement("RFC7643-4.1.1-15", level="lie", consequence="The joiner cannot work on the first day.")
def test_user_without_active_can_work(scim: Session) -> None:
    """A create that does not mention active makes nobody inactive; if active is shown it is a boolean."""
    scim.target.need_attribute(USER_URN, "active")
    active = accepted(scim).get("active")
    if active is False:
        scim.warn("who is created without active is inactive", "true, or no active", "false")
    elif active not in (None, True):
        raise Finding("active is no boolean", "true", repr(active))


@requirement("RFC7643-4.1.1-09", level="lie")
def test_url_without_a_scheme_does_no_harm(scim: Session) -> None:
    """A profileUrl that is no URL is kept, changed or refused in words."""
    if tolerated(scim, "invalidValue", "invalidSyntax", profileUrl="check.example") is None:
        scim.note("a profileUrl that is no URL is refused")


def _folded(value: object) -> str:
    """Letter case, blanks and a trailing slash do not count: the server may write the canonical form."""
    return "".join(str(value).lower().split()).rstrip("/")
