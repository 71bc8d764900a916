"""RFC 7644 section 3.4.2.2: a filter returns exactly the resources that match it."""

from __future__ import annotations

import json
import re

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.cohorts import full_resource, user_with_password

MOST_ATTRIBUTES = 20  # per check


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="The provider takes the first result for the user that it is looking for.",
    fix="Compare userName, and return only the users for which it is equal.",
)
def test_user_name_eq_finds_the_user(scim: Session) -> None:
    """A filter with `userName eq` must find exactly the one matching user of three, including the last one."""
    mark = scim.name()
    three = [scim.new_user(userName=f"{mark}.{letter}@check.example") for letter in "abc"]
    for user in (three[0], three[-1]):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="Okta and Entra look up groups by name: a group that is not found is created a second time.",
    fix="Support the same filters for groups as for users.",
)
def test_group_name_eq_finds_the_group(scim: Session) -> None:
    """A filter with `displayName eq` must find exactly the one matching group of three; rejecting it is a warning."""
    mark = scim.name()
    _, group, _ = [scim.new_group(displayName=f"{mark}.{letter}") for letter in "abc"]
    expect.chosen(scim, scim.search(f'displayName eq "{group["displayName"]}"', scim.groups), group)


@requirement(
    "RFC7644-3.4.2.2-39",
    "RFC7643-7-17",
    level="lie",
    consequence="Entra and Okta create the user a second time.",
    fix="Compare userName case-insensitively.",
)
@pytest.mark.parametrize("spelling", [str.upper, str.title, str.swapcase], ids=["upper", "title", "swapped"])
def test_user_name_matches_without_case(scim: Session, spelling: type[str]) -> None:
    """Filters must compare userName case-insensitively."""
    user = scim.new_user()
    expect.found(scim.search(f'userName eq "{spelling(user["userName"])}"'), user)


@pytest.mark.parametrize("name", ["displayName", "nickName", "title", "externalId", "id"])
@requirement(
    "RFC7644-3.4.2.2-39",
    "RFC7643-7-17",
    level="lie",
    consequence="Two users whose keys differ only in case are mistaken for each other, or a user is not found.",
    fix="Compare case-insensitively unless the attribute is declared with caseExact true.",
)
def test_text_is_compared_with_the_declared_case(scim: Session, name: str) -> None:
    """Filters must ignore the case of a string if caseExact is false, and must respect it if caseExact is true."""
    known = {a.name: a.case_exact for a in scim.target.attributes("User") if a.parent is None}
    exact = known.get(name, name in ("externalId", "id"))
    value = f"Case {scim.name()}"
    user = scim.new_user(**({} if name == "id" else {name: value}))
    held = scim.read(user).get(name)
    if not isinstance(held, str):  # a server may ignore what is posted (RFC 7644 section 3.3)
        raise NotOffered(f"a new user with {name}")
    same, other = (scim.search(f'{name} eq "{text}"') for text in (held, held.swapcase()))
    expect.chosen(scim, same, user)
    if held.swapcase() != held:
        expect.chosen(scim, other, *([] if exact else [user]))


@pytest.mark.parametrize(
    "form",
    ['username eq "{}"', 'USERNAME eq "{}"', 'UserName eq "{}"', 'id pr and USERNAME eq "{}"'],
    ids=["lower", "upper", "capital", "with-and"],
)
@requirement(
    "RFC7644-3.4.2.2-04",
    "RFC7643-2.1-01",
    level="lie",
    consequence="Clients that write username get every user or none.",
    fix="Look up attribute names case-insensitively.",
)
def test_attribute_names_in_filters_have_no_case(scim: Session, form: str) -> None:
    """Filters must treat attribute names as case-insensitive: USERNAME must work like userName."""
    user = scim.new_user()
    plain = re.sub("username", "userName", form, flags=re.IGNORECASE)
    written, same = (scim.search(text.replace("{}", user["userName"])) for text in (form, plain))
    expect.chosen(scim, written, user, plain=same)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="A provider that matches by externalId creates every user again.",
    fix="Store externalId, and support filters on it.",
)
def test_external_id_eq_finds_the_user(scim: Session) -> None:
    """A filter with `externalId eq` must find exactly the one matching user; rejecting it is a warning."""
    user, _ = (scim.read(scim.new_user(externalId=scim.name())) for _ in range(2))
    if not user.get("externalId"):  # a server may ignore what is posted (RFC 7644 section 3.3)
        raise NotOffered("a new user with externalId")
    expect.chosen(scim, scim.search(f'externalId eq "{user["externalId"]}"'), user)


@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence="The provider links its user to another account, and changes or disables the wrong one.",
    fix="Compare only userName, not the email address.",
)
def test_user_name_filter_does_not_match_addresses(scim: Session) -> None:
    """A filter with `userName eq` must not find a user that only has this value as an email address."""
    user = scim.new_user()
    body = scim.user_body(emails=[{"value": user["userName"], "type": "work"}])
    answer = scim.post(scim.users, body)
    if answer.status == 409:  # some servers identify accounts by e-mail, and make an address of each userName
        raise NotOffered("a user with an e-mail address that is the userName of another user")
    expect.created(answer)
    expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="Users with a plus sign in their name are never found and are created again in every cycle.",
    fix="Decode the query string once: %2B is a plus sign.",
)
def test_plus_sign_is_found(scim: Session) -> None:
    """A filter must find a userName with a plus sign that is sent as %2B."""
    user = scim.new_user(userName=f"{scim.name()}+tag@check.example")
    expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@pytest.mark.parametrize(
    "text",
    ['a "quoted" word', "back\\slash", "O'Brien", "R&D #1 100%", "Zoé Łucja 和也", "a (b) [c] and d"],
    ids=["quote", "backslash", "apostrophe", "url-signs", "unicode", "brackets"],
)
@requirement(
    "RFC7644-3.4.2.2-31",
    level="lie",
    consequence="Entra creates a group with such a name again in every cycle.",
    fix="Parse the value of a comparison as a JSON string.",
)
def test_value_is_a_json_string(scim: Session, text: str) -> None:
    """Filter values must be parsed as JSON strings, including escapes and special characters."""
    group = scim.new_group(displayName=f"{scim.name()} {text}")
    plain = scim.search(f'displayName eq "{expect.UNKNOWN}"', scim.groups)
    for literal in (json.dumps(group["displayName"]), json.dumps(group["displayName"], ensure_ascii=False)):
        expect.chosen(scim, scim.search(f"displayName eq {literal}", scim.groups), group, plain=plain)


@pytest.mark.parametrize(
    "value", ["*", "%", "a' or '1'='1", "scimulator-check%", "*)(uid=*"], ids=["star", "percent", "sql", "like", "ldap"]
)
@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="Anyone who can filter by name can read every user.",
    fix="Pass values to the database as query parameters, and never insert them into the text of a query.",
)
def test_value_is_no_pattern(scim: Session, value: str) -> None:
    """Wildcards and special characters of SQL or LDAP in a filter value must not match any user."""
    scim.new_user()
    expect.found(scim.search(f'userName eq "{value}"'))


@pytest.mark.parametrize(
    "form",
    ['userName  eq  "{}"', ' userName eq "{}"', 'userName eq "{}" ', "userName eq {}"],
    ids=["two-spaces", "leading-space", "trailing-space", "unquoted"],
)
@requirement(
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence=(
        "A server that skips a filter that it cannot parse returns every user, and the client takes the first one."
    ),
    fix="Parse such a filter, or reject it with 400 invalidFilter.",
)
def test_doubtful_filter_finds_nobody_else(scim: Session, form: str) -> None:
    """A filter with extra spaces or missing quotes must find only the right user or be rejected with 400."""
    user, _ = scim.new_user(), scim.new_user()
    expect.chosen(scim, scim.search(form.replace("{}", user["userName"])), user, optional=True)


@requirement(
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="The provider takes the first of all users for the user that it is looking for.",
    fix="Reject a filter on an unknown attribute with 400 invalidFilter, or return no results.",
)
@pytest.mark.parametrize(
    "form", ['{} eq "x"', "{} pr", 'name.{} eq "x"', 'urn:example:none:{} eq "x"'], ids=["eq", "pr", "part", "urn"]
)
def test_unknown_attribute_does_not_find_everybody(scim: Session, form: str) -> None:
    """A filter on an unknown attribute must find no users or be rejected."""
    scim.new_user()
    expect.chosen(scim, scim.search(form.replace("{}", "scimulatorUnknown")), optional=True)


@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence="The provider's job stops when an administrator selects a different matching attribute.",
    fix="Support eq for every attribute that is stored, or reject the filter with 400 invalidFilter.",
)
def test_every_stored_value_is_found_or_refused(scim: Session) -> None:
    """A filter with eq on each attribute of a user must find this user or be rejected."""
    user = scim.read(full_resource(scim, "User"))
    simple = [a for a in scim.target.attributes("User") if a.type in ("string", "boolean", "integer")]
    held = [(a.path, _first(a.value_in(user))) for a in simple if a.returned in ("always", "default")]
    asked = [(path, value) for path, value in held if value not in (None, "")]
    for path, value in scim.random.sample(asked, min(MOST_ATTRIBUTES, len(asked))):
        expression = f'userName eq "{user["userName"]}" and {path} eq {json.dumps(value)}'
        expect.chosen(scim, scim.search(expression), user, optional=True)


@pytest.mark.parametrize("prefix", [USER_URN, ENTERPRISE_URN], ids=["core", "extension"])
@requirement(
    "RFC7644-3.4.2.2-32",
    level="refusal",
    consequence="Entra qualifies extension attributes with their URN, so its lookup fails.",
    fix="Remove the URN of a known schema from the attribute name before looking it up.",
)
def test_attributes_can_carry_their_urn(scim: Session, prefix: str) -> None:
    """Filters must support attribute names with their schema URN, for core and extension attributes."""
    if prefix == USER_URN:
        user = scim.new_user()
        expect.found(scim.search(f'{USER_URN}:userName eq "{user["userName"]}"'), user)
        return
    scim.target.need_attribute(ENTERPRISE_URN, "department")
    department = scim.name()
    user, _ = scim.new_user(**{ENTERPRISE_URN: {"department": department}}), scim.new_user()
    expect.chosen(scim, scim.search(f'{ENTERPRISE_URN}:department eq "{department}"'), user)


@requirement(
    "RFC7643-7-27",
    level="lie",
    consequence="Anyone who can filter users can guess a password character by character.",
    fix="Reject filters on attributes that are never returned.",
)
def test_password_is_no_oracle(scim: Session) -> None:
    """A filter on password must find no users or be rejected."""
    user = user_with_password(scim, "Zz-scimulator-9")
    answer = scim.search(f'userName eq "{user["userName"]}" and password sw "Zz"')
    if answer.status == 200 and expect.listing(answer):
        raise Finding("a filter reveals the password", "400, 403, or no results", "the user")


@requirement(
    "RFC7644-3.4.2.2-01",
    level="lie",
    consequence="A server that ignores filters returns every user, and the client takes the first one.",
    fix="Reject filters with 400, 403, or 501 if the server does not support them.",
)
def test_filter_is_not_ignored_where_it_is_not_offered(scim: Session) -> None:
    """A server without filter support should reject filters instead of ignoring them (warning)."""
    user, other = scim.new_user(), scim.new_user()
    answer = scim.get(scim.users, filter=f'userName eq "{user["userName"]}"')
    if scim.target.offers("filter") or answer.status != 200:
        return
    if any(str(item.get("id")) != str(user["id"]) for item in expect.listing(answer)):
        scim.warn(
            "the server ignores the filter and returns other users",
            "a 4xx, 501, or the one user",
            f"also {other['id']}",
        )


def _first(value: object) -> object:
    return next((item for item in value if item is not None), None) if isinstance(value, list) else value
