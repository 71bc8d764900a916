"""RFC 7644 section 3.4.2.2: a filter finds whom it names, and nobody else."""

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

MOST_ATTRIBUTES = 20  # that one check asks for


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="A provider takes the first hit as its person.",
    fix="Compare userName, and answer with what is equal alone.",
)
def test_user_name_eq_finds_the_user(scim: Session) -> None:
    """userName eq finds exactly one of three users, the last one too."""
    mark = scim.name()
    three = [scim.new_user(userName=f"{mark}.{letter}@check.example") for letter in "abc"]
    for user in (three[0], three[-1]):
        expect.found(scim.search(f'userName eq "{user["userName"]}"'), user)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="Okta and Entra look a group up by its name: not found, and there are two of it.",
    fix="Let groups be filtered like users.",
)
def test_group_name_eq_finds_the_group(scim: Session) -> None:
    """displayName eq finds exactly one of three groups."""
    mark = scim.name()
    _, group, _ = [scim.new_group(displayName=f"{mark}.{letter}") for letter in "abc"]
    expect.chosen(scim, scim.search(f'displayName eq "{group["displayName"]}"', scim.groups), group)


@requirement(
    "RFC7644-3.4.2.2-39",
    "RFC7643-7-17",
    level="lie",
    consequence="Entra and Okta create the person a second time.",
    fix="Compare userName without case.",
)
@pytest.mark.parametrize("spelling", [str.upper, str.title, str.swapcase], ids=["upper", "title", "swapped"])
def test_user_name_matches_without_case(scim: Session, spelling: type[str]) -> None:
    """userName is compared without case."""
    user = scim.new_user()
    expect.found(scim.search(f'userName eq "{spelling(user["userName"])}"'), user)


@pytest.mark.parametrize("name", ["displayName", "nickName", "title", "externalId", "id"])
@requirement(
    "RFC7644-3.4.2.2-39",
    "RFC7643-7-17",
    level="lie",
    consequence="Two people whose keys differ in case are taken for one, or one person is not found.",
    fix="Fold the case of both sides unless the attribute is declared caseExact.",
)
def test_text_is_compared_with_the_declared_case(scim: Session, name: str) -> None:
    """In another case a text matches if caseExact is false, and not if it is true."""
    known = {a.name: a.case_exact for a in scim.target.attributes("User") if a.parent is None}
    exact = known.get(name, name in ("externalId", "id"))
    value = f"Case {scim.name()}"
    user = scim.new_user(**({} if name == "id" else {name: value}))
    held = str(scim.read(user).get(name))
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
    consequence="Clients write username, and get everybody or nobody.",
    fix="Look attributes up without case.",
)
def test_attribute_names_in_filters_have_no_case(scim: Session, form: str) -> None:
    """USERNAME works like userName."""
    user = scim.new_user()
    plain = re.sub("username", "userName", form, flags=re.IGNORECASE)
    written, same = (scim.search(text.replace("{}", user["userName"])) for text in (form, plain))
    expect.chosen(scim, written, user, plain=same)


@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="A provider that matches by externalId creates everybody again.",
    fix="Store externalId and index it.",
)
def test_external_id_eq_finds_the_user(scim: Session) -> None:
    """externalId eq finds exactly one of two users."""
    user, _ = scim.new_user(externalId=scim.name()), scim.new_user(externalId=scim.name())
    expect.chosen(scim, scim.search(f'externalId eq "{user["externalId"]}"'), user)


@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence="The provider links its person to another one, and changes or disables the wrong one.",
    fix="Compare userName alone, not the column of the e-mail.",
)
def test_user_name_filter_does_not_match_addresses(scim: Session) -> None:
    """userName eq does not find who has that name as an e-mail address only."""
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
    consequence="People with a plus in their name are never found and created again in each cycle.",
    fix="Decode the query once: %2B is a plus.",
)
def test_plus_sign_is_found(scim: Session) -> None:
    """A userName with a plus, sent as %2B, is found."""
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
    consequence="Entra creates a group with such a name again in each cycle.",
    fix="Read the value as the JSON string that it is.",
)
def test_value_is_a_json_string(scim: Session, text: str) -> None:
    """Escapes and signs in a value are read as JSON has them."""
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
    consequence="Whoever can name a person can read all of them.",
    fix="Hand values to the store as parameters, never as text of a query.",
)
def test_value_is_no_pattern(scim: Session, value: str) -> None:
    """Signs of SQL, LDAP and wildcards match nobody."""
    scim.new_user()
    expect.found(scim.search(f'userName eq "{value}"'))


@pytest.mark.parametrize(
    "form",
    ['userName  eq  "{}"', ' userName eq "{}"', 'userName eq "{}" ', "userName eq {}"],
    ids=["two-blanks", "leading-blank", "trailing-blank", "unquoted"],
)
@requirement(
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="A filter that cannot be read and is skipped gives everybody; the client takes the first.",
    fix="Understand it or refuse it with 400 invalidFilter.",
)
def test_doubtful_filter_finds_nobody_else(scim: Session, form: str) -> None:
    """Surplus blanks and missing quotes: the right user or 400, never others."""
    user, _ = scim.new_user(), scim.new_user()
    expect.chosen(scim, scim.search(form.replace("{}", user["userName"])), user, optional=True)


@requirement(
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="The provider takes the first of all users for its person.",
    fix="Refuse a filter on an unknown attribute with 400 invalidFilter, or match nobody.",
)
@pytest.mark.parametrize(
    "form", ['{} eq "x"', "{} pr", 'name.{} eq "x"', 'urn:example:none:{} eq "x"'], ids=["eq", "pr", "part", "urn"]
)
def test_unknown_attribute_does_not_find_everybody(scim: Session, form: str) -> None:
    """A filter on an unknown attribute is refused or finds nobody."""
    scim.new_user()
    expect.chosen(scim, scim.search(form.replace("{}", "scimulatorUnknown")), optional=True)


@requirement(
    "RFC7644-3.4.2.2-03",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence="An administrator chooses another matching attribute, and the provider's job stops.",
    fix="Support eq on each attribute that is stored, or refuse it with 400 invalidFilter.",
)
def test_every_stored_value_is_found_or_refused(scim: Session) -> None:
    """eq on each attribute of a full user finds that user, or is refused as invalidFilter."""
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
    consequence="Entra names extension attributes by their URN; the match fails.",
    fix="Cut the URN of a known schema off the name before looking it up.",
)
def test_attributes_can_carry_their_urn(scim: Session, prefix: str) -> None:
    """urn:…:User:userName works like userName; an extension's attribute is found by its full name."""
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
    consequence="Whoever may search can guess a password letter by letter.",
    fix="Refuse filters on what is never returned.",
)
def test_password_is_no_oracle(scim: Session) -> None:
    """A filter on the password finds nobody or is refused."""
    user = user_with_password(scim, "Zz-scimulator-9")
    answer = scim.search(f'userName eq "{user["userName"]}" and password sw "Zz"')
    if answer.status == 200 and expect.listing(answer):
        raise Finding("the password can be guessed by filters", "400, 403, or nobody", "the user was found")


@requirement(
    "RFC7644-3.4.2.2-01",
    level="lie",
    consequence="A server without filters that ignores one gives everybody; the client takes the first.",
    fix="Refuse filters with 400, 403 or 501 where they are not supported.",
)
def test_filter_is_not_ignored_where_it_is_not_offered(scim: Session) -> None:
    """Without filter support a filter is refused, not ignored."""
    user, other = scim.new_user(), scim.new_user()
    answer = scim.get(scim.users, filter=f'userName eq "{user["userName"]}"')
    if scim.target.offers("filter") or answer.status != 200:
        return
    if any(str(item.get("id")) != str(user["id"]) for item in expect.listing(answer)):
        scim.warn("a filter is ignored, and others are listed", "a 4xx, 501, or the one user", f"also {other['id']}")


def _first(value: object) -> object:
    return next((item for item in value if item is not None), None) if isinstance(value, list) else value
