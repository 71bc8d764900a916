"""RFC 7644 section 3.4.2.2: filtering."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.target import ENTERPRISE_URN, USER_URN
from conformance.verdict import Finding


def pair(scim: Session, **attributes: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Two users that share a marker in their family name, the first with these attributes, and a filter for both."""
    mark = scim.name()
    one = scim.new_user(name={"givenName": "One", "familyName": mark}, **attributes)
    other = scim.new_user(name={"givenName": "Other", "familyName": mark})
    return one, other, f'name.familyName eq "{mark}"'


@requirement(
    "RFC7644-3.4.2.2-09", "RFC7644-3.4.2.2-03", level="lie", consequence="A provider takes the first hit as its person."
)
def test_user_name_eq_finds_the_user(scim: Session) -> None:
    """userName eq finds exactly one user."""
    user = scim.new_user()
    expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.4.2-11", "RFC7644-3.4.2.2-03", level="lie", consequence="Entra: a 404 here quarantines the app."
)
def test_no_match_is_an_empty_list(scim: Session) -> None:
    """A filter without match gives 200 and totalResults 0."""
    answer = scim.search(f'userName eq "{expect.UNKNOWN}"')
    expect.found(answer)
    expect.equal(answer["totalResults"], 0, "totalResults")


@requirement(
    "RFC7644-3.4.2.2-39", "RFC7643-7-17", level="lie", consequence="Entra and Okta create the person a second time."
)
def test_user_name_matches_without_case(scim: Session) -> None:
    """userName is compared without case."""
    user = scim.new_user()
    expect.found(scim.search(f'userName eq "{user["userName"].upper()}"'), user)


@requirement("RFC7644-3.4.2.2-04", "RFC7644-3.4.2.2-05", "RFC7643-2.1-01")
def test_names_and_operators_are_case_insensitive(scim: Session) -> None:
    """USERNAME EQ works like userName eq."""
    user = scim.new_user()
    expect.found(scim.search(f'USERNAME Eq "{user["userName"]}"'), user)


@requirement("RFC7644-3.4.2.2-09", level="lie")
def test_external_id_eq_finds_the_user(scim: Session) -> None:
    """externalId eq finds exactly one user."""
    user = scim.new_user(externalId=scim.name())
    expect.found(scim.search(f'externalId eq "{user["externalId"]}"'), user)


@pytest.mark.parametrize(
    ("operator", "value"),
    [("co", "iddl"), ("sw", "Midd"), ("ew", "ddle"), ("eq", "Middle")],
    ids=["co", "sw", "ew", "eq"],
)
@requirement("RFC7644-3.4.2.2-11", "RFC7644-3.4.2.2-12", "RFC7644-3.4.2.2-13", "RFC7644-3.4.2.2-21", level="lie")
def test_text_operators(scim: Session, operator: str, value: str) -> None:
    """co, sw, ew and eq on a text choose the one that fits."""
    one, _, both = pair(scim, displayName="Middle")
    expect.found(scim.search(f'{both} and displayName {operator} "{value}"'), one)


@requirement("RFC7644-3.4.2.2-10", level="lie")
def test_ne_chooses_the_others(scim: Session) -> None:
    """ne on a single value chooses what differs."""
    one, other, both = pair(scim)
    expect.found(scim.search(f'{both} and userName ne "{one["userName"]}"'), other)


@requirement("RFC7644-3.4.2.2-14", "RFC7644-3.4.2.2-41", level="lie")
def test_pr_chooses_who_has_a_value(scim: Session) -> None:
    """pr chooses the resource that has the attribute."""
    scim.target.need_attribute(USER_URN, "nickName")
    one, _, both = pair(scim, nickName="Nick")
    expect.found(scim.search(f"{both} and nickName pr"), one)


@requirement("RFC7644-3.4.2.2-23", "RFC7644-3.4.2.2-33", level="lie")
def test_not_chooses_the_complement(scim: Session) -> None:
    """not (x) chooses exactly what x does not."""
    one, other, both = pair(scim)
    name = one["userName"]
    expect.found(scim.search(f'{both} and not (userName eq "{name}")'), other)


@requirement("RFC7644-3.4.2.2-22", "RFC7644-3.4.2.2-33", level="lie")
def test_and_binds_tighter_than_or(scim: Session) -> None:
    """a or b and c is a or (b and c)."""
    one, other, _ = pair(scim)
    expression = f'userName eq "{one["userName"]}" or userName eq "{other["userName"]}" and userName eq "nobody"'
    expect.found(scim.search(expression), one)


@requirement("RFC7644-3.4.2.2-33", level="lie")
def test_brackets_group(scim: Session) -> None:
    """(a or b) and c is grouped as written."""
    one, other, _ = pair(scim)
    a, b = one["userName"], other["userName"]
    expect.found(scim.search(f'(userName eq "{a}" or userName eq "{b}") and userName eq "{b}"'), other)


@requirement("RFC7644-3.4.2.2-34", level="lie")
def test_any_value_of_a_multi_valued_attribute_matches(scim: Session) -> None:
    """emails.value matches the second address as well."""
    scim.target.need_attribute(USER_URN, "emails")
    mail = f"{scim.name()}@check.example"
    user = scim.new_user(emails=[{"value": "a@check.example", "type": "home"}, {"value": mail, "type": "work"}])
    expect.found(scim.search(f'emails.value eq "{mail}"'), user)


@requirement("RFC7644-3.4.2.2-27", "RFC7644-3.4.2.2-28", level="lie")
def test_value_filter_applies_to_one_element(scim: Session) -> None:
    """emails[type eq "work" and value eq x] wants both in the same element."""
    scim.target.need_attribute(USER_URN, "emails.type")
    mail = f"{scim.name()}@check.example"
    user = scim.new_user(emails=[{"value": mail, "type": "work"}, {"value": "h" + mail, "type": "home"}])
    expect.found(scim.search(f'emails[type eq "work" and value eq "{mail}"]'), user)
    expect.found(scim.search(f'emails[type eq "home" and value eq "{mail}"]'))


@requirement("RFC7644-3.4.2.2-32", level="refusal")
def test_attributes_can_carry_their_urn(scim: Session) -> None:
    """urn:…:User:userName works like userName."""
    user = scim.new_user()
    expect.found(scim.search(f'{USER_URN}:userName eq "{user["userName"]}"'), user)


@requirement("RFC7644-3.4.2.2-32", "RFC7644-3.10-01", level="lie")
def test_extension_attributes_are_filtered_by_urn(scim: Session) -> None:
    """The enterprise department is found by its full name."""
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    department = scim.name()
    user = scim.new_user(**{"schemas": [USER_URN, ENTERPRISE_URN], ENTERPRISE_URN: {"department": department}})
    expect.found(scim.search(f'{ENTERPRISE_URN}:department eq "{department}"'), user)


@requirement("RFC7644-3.4.2.2-31", level="lie")
def test_booleans_are_compared(scim: Session) -> None:
    """active eq false chooses the inactive one."""
    mark = scim.name()
    one = scim.new_user(name={"givenName": "A", "familyName": mark}, active=False)
    scim.new_user(name={"givenName": "B", "familyName": mark}, active=True)
    expect.found(scim.search(f'name.familyName eq "{mark}" and active eq false'), one)


@requirement("RFC7644-3.4.2.2-15", "RFC7644-3.4.2.2-17", "RFC7644-3.4.2.2-19", level="lie")
def test_moments_are_compared_by_time(scim: Session) -> None:
    """meta.created is after 2001 and before 2999 whatever the offset is written as."""
    user = scim.new_user()
    name = f'userName eq "{user["userName"]}"'
    expect.found(scim.search(f'{name} and meta.created gt "2001-01-01T00:00:00Z"'), user)
    expect.found(scim.search(f'{name} and meta.created lt "2001-01-01T00:00:00+02:00"'))


@requirement("RFC7644-3.4.2.2-20", "RFC7644-3.12-18")
def test_order_of_booleans_is_refused(scim: Session) -> None:
    """active gt true gives 400 invalidFilter."""
    expect.scim_error(scim.search("active gt true"), 400, "invalidFilter")


@pytest.mark.parametrize(
    "expression",
    [
        "userName",
        "userName eq",
        'userName eq "a',
        "userName xx 1",
        '(userName eq "a"',
        'eq "a"',
        "and",
        'userName eq "a" and',
    ],
)
@requirement("RFC7644-3.4.2.2-06", "RFC7644-3.4.2.2-30", "RFC7644-3.4.2.2-38", "RFC7644-3.12-18")
def test_broken_filter_is_refused(scim: Session, expression: str) -> None:
    """A filter that is none gives 400 invalidFilter, never everybody."""
    expect.scim_error(scim.search(expression), 400, "invalidFilter")


@requirement("RFC7644-3.4.2.2-38", level="lie", consequence="The provider takes the first of all users for its person.")
def test_unknown_attribute_does_not_find_everybody(scim: Session) -> None:
    """A filter on an unknown attribute is refused or finds nobody."""
    scim.new_user()
    answer = scim.search('scimulatorUnknown eq "x"')
    if answer.status == 400:
        return
    hits = expect.listing(answer)
    if hits:
        raise Finding("an unknown attribute matches people", "400, or nobody", f"{len(hits)} users")


@requirement("RFC7643-7-27", level="lie")
def test_password_is_no_oracle(scim: Session) -> None:
    """A filter on the password finds nobody or is refused."""
    scim.target.need_attribute(USER_URN, "password")
    user = scim.new_user(password="Zz-scimulator-9")
    answer = scim.search(f'userName eq "{user["userName"]}" and password sw "Zz"')
    if answer.status == 200 and expect.listing(answer):
        raise Finding("the password can be guessed by filters", "400, 403, or nobody", "the user was found")
