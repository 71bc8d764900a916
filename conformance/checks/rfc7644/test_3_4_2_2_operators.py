"""RFC 7644 section 3.4.2.2, table 3: the attribute operators."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.cohorts import cohort
from conformance.topics.samples import addresses

FAR_OFFSET = timezone(timedelta(hours=9))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("operator", "part"),
    [
        ("eq", "whole"),
        ("eq", "beginning"),
        ("co", "middle"),
        ("co", "absent"),
        ("sw", "beginning"),
        ("sw", "whole"),
        ("sw", "middle"),
        ("ew", "end"),
        ("ew", "whole"),
        ("ew", "middle"),
    ],
)
@requirement(
    "RFC7644-3.4.2.2-09",
    "RFC7644-3.4.2.2-11",
    "RFC7644-3.4.2.2-12",
    "RFC7644-3.4.2.2-13",
    level="lie",
    consequence="A search in the administration portal shows the wrong users.",
    fix="Compare as defined in RFC 7644 table 3; sw and ew also match the whole value.",
)
def test_text_operators(scim: Session, operator: str, part: str) -> None:
    """eq, co, sw, and ew must match exactly the one of two strings that fits; rejecting them is a warning."""
    mark = scim.name()
    one, _ = (scim.new_user(userName=f"{mark}.{word}@{word}.{mark}.example") for word in ("alpha", "beta"))
    value = {
        "whole": one["userName"],
        "middle": f".alpha@alpha.{mark}.",
        "absent": f".gamma@gamma.{mark}.",
        "beginning": f"{mark}.alph",
        "end": f"pha.{mark}.example",
    }[part]
    fits = part == "whole" or (operator, part) in (("co", "middle"), ("sw", "beginning"), ("ew", "end"))
    expect.chosen(scim, scim.search(f'userName {operator} "{value}"'), *([one] if fits else []))


@pytest.mark.parametrize("operator", ["Eq", "EQ", "Sw", "cO"])
@requirement(
    "RFC7644-3.4.2.2-05",
    level="lie",
    consequence="Clients that write Eq get every user or none.",
    fix="Parse operators case-insensitively.",
)
def test_operators_have_no_case(scim: Session, operator: str) -> None:
    """Operators must be case-insensitive: Eq must work like eq."""
    one, _ = scim.new_user(), scim.new_user()
    plain, written = (scim.search(f'userName {word} "{one["userName"]}"') for word in (operator.lower(), operator))
    expect.chosen(scim, written, one, plain=plain)


@pytest.mark.parametrize(
    "form",
    [
        "{} AND userName PR",
        '{} And Not (userName eq "nobody")',
        'userName eq "nobody" OR {}',
        "NOT ({} And id pR) aNd {}",
    ],
    ids=["AND-PR", "And-Not", "OR", "NOT"],
)
@requirement(
    "RFC7644-3.4.2.2-05",
    level="lie",
    consequence="The server does not recognize AND and ignores the second half of the filter.",
    fix="Parse and, or, not, and pr case-insensitively.",
)
def test_words_of_logic_have_no_case(scim: Session, form: str) -> None:
    """AND, Or, NOT, and PR must work like and, or, not, and pr."""
    user = scim.new_user()
    expected = [] if form.startswith("NOT") else [user]
    plain = re.sub(r"\b(and|or|not|pr)\b", lambda word: word[0].lower(), form, flags=re.IGNORECASE)
    written, same = (scim.search(text.replace("{}", f'userName eq "{user["userName"]}"')) for text in (form, plain))
    expect.chosen(scim, written, *expected, plain=same)


@requirement(
    "RFC7644-3.4.2.2-10",
    level="lie",
    consequence="Users that a filter should exclude are changed.",
    fix="Match every value that is not equal.",
)
def test_ne_chooses_the_others(scim: Session) -> None:
    """`ne` on a single-valued attribute must match the users whose value differs; rejecting it is a warning."""
    three = cohort(scim)
    one, *others = three.resources
    expect.chosen(scim, scim.search(f'{within(three.filter)} and userName ne "{one["userName"]}"'), *others)


@pytest.mark.parametrize("path", ["title", "name", "name.middleName", "emails", "emails.value"])
@requirement(
    "RFC7644-3.4.2.2-14",
    level="lie",
    consequence="Reports of users without an address or a title list the wrong users.",
    fix="Match if the attribute has a value; a complex attribute has one if any of its sub-attributes has one.",
)
def test_pr_chooses_who_has_a_value(scim: Session, path: str) -> None:
    """`pr` must match the users that have a value for the attribute or any of its sub-attributes."""
    _, home, _ = addresses(scim)
    scim.target.need_attribute(USER_URN, path)
    values = {"title": "Chief", "name": {"givenName": "A", "familyName": "B", "middleName": "C"}, "emails": [home]}
    top = path.partition(".")[0]
    two = cohort(scim, 2, each=lambda n: {top: values[top]} if n == 0 else {})
    expected = [user for user in map(scim.read, two.resources) if has(user, path)]
    expect.chosen(scim, scim.search(f"{within(two.filter)} and {path} pr"), *expected)


@pytest.mark.parametrize(
    ("operator", "letters"), [("gt", "c"), ("ge", "bc"), ("lt", "a"), ("le", "ab")], ids=["gt", "ge", "lt", "le"]
)
@requirement(
    "RFC7644-3.4.2.2-15",
    "RFC7644-3.4.2.2-16",
    "RFC7644-3.4.2.2-17",
    "RFC7644-3.4.2.2-18",
    level="lie",
    consequence="A delta import that advances by gt or ge misses users or never ends.",
    fix="Compare strings lexicographically; ge and le include the value itself.",
)
def test_texts_have_an_order(scim: Session, operator: str, letters: str) -> None:
    """gt, ge, lt, and le must compare strings lexicographically; rejecting them is a warning."""
    three = cohort(scim)
    middle = three.resources[1]["userName"]
    answer = scim.search(f'{within(three.filter)} and userName {operator} "{middle}"')
    expect.chosen(scim, answer, *(three.resources["abc".index(letter)] for letter in letters))


@pytest.mark.parametrize("attribute", ["created", "lastModified"])
@pytest.mark.parametrize("operator", ["gt", "ge", "lt", "le"])
@requirement(
    "RFC7644-3.4.2.2-15",
    "RFC7644-3.4.2.2-16",
    "RFC7644-3.4.2.2-17",
    "RFC7644-3.4.2.2-18",
    "RFC7644-3.4.2.2-19",
    level="lie",
    consequence="A delta import by meta.lastModified misses the changes of several hours if the time zones differ.",
    fix="Compare points in time, not strings.",
)
def test_moments_are_compared_by_time(scim: Session, operator: str, attribute: str) -> None:
    """gt, ge, lt, and le must compare dates as points in time, whatever their time zone offset."""
    two = cohort(scim, 2)
    user = two.resources[0]
    moment = moment_of(scim.read(user), attribute)
    for asked, after in ((moment - SECOND, True), (moment + SECOND, False)):
        for text in (asked.isoformat(), asked.astimezone(FAR_OFFSET).isoformat()):
            expression = f'userName eq "{user["userName"]}" and meta.{attribute} {operator} "{text}"'
            matches = after is (operator in ("gt", "ge"))
            expect.chosen(scim, scim.search(expression), *([user] if matches else []))


@pytest.mark.parametrize(
    "expression", ["active gt true", "active le false", 'x509Certificates.value ge "AA=="'], ids=["gt", "le", "binary"]
)
@requirement(
    "RFC7644-3.4.2.2-20",
    "RFC7644-3.12-18",
    level="refusal",
    consequence="The server returns an arbitrary list for a meaningless filter.",
    fix="Reject gt, ge, lt, and le on booleans and binary values with 400 invalidFilter.",
)
def test_order_of_booleans_and_binaries_is_refused(scim: Session, expression: str) -> None:
    """gt, ge, lt, and le on boolean and binary attributes must be rejected with 400; a different scimType is a warning."""
    definition = scim.target.need_attribute(USER_URN, expression.partition(" ")[0])
    if definition.get("type", "boolean") not in ("boolean", "binary"):
        raise NotOffered(f"{definition.get('name')} as a boolean or binary attribute")
    expect.keyword(scim, scim.search(expression), 400, "invalidFilter")


@pytest.mark.parametrize(
    "comparison", ['eq "x"', 'co ""', 'sw ""', 'gt "a"', 'le "z"'], ids=["eq", "co", "sw", "gt", "le"]
)
@requirement(
    "RFC7644-3.4.2.2-41",
    level="lie",
    consequence="Users without a title are found by their title.",
    fix="An attribute without a value must not match any comparison except ne.",
)
def test_no_value_matches_no_comparison(scim: Session, comparison: str) -> None:
    """Comparisons of title must not match users without a title."""
    scim.target.need_attribute(USER_URN, "title")
    two = cohort(scim, 2, each=lambda n: {"title": "x"} if n == 0 else {})
    expect.chosen(scim, scim.search(f"{within(two.filter)} and title {comparison}"), two.resources[0])


@pytest.mark.parametrize("kind", ["true", "false"])
@requirement(
    "RFC7644-3.4.2.2-31",
    "RFC7644-3.4.2.2-09",
    level="lie",
    consequence="A review of active accounts misses leavers who still have access.",
    fix="Compare the value that GET returns, and parse true and false without quotes.",
)
def test_active_filter_agrees_with_the_resources(scim: Session, kind: str) -> None:
    """`active eq true` and `active eq false` must match the value of active that GET returns."""
    three = cohort(scim, 3, each=lambda n: {"active": n != 1})
    changed = {**scim.read(three.resources[2]), "active": False}
    expect.status(scim.put(scim.path_of(changed), changed), 200)
    shown = [user for user in map(scim.read, three.resources) if str(user.get("active")).lower() == kind]
    expect.chosen(scim, scim.search(f"{within(three.filter)} and active eq {kind}"), *shown)


@requirement(
    "RFC7644-3.4.2.2-36",
    level="lie",
    consequence="A user who is active by default is missing from the list of active users.",
    fix="Store the default value, or apply it when evaluating the filter.",
)
def test_default_is_found_as_it_was_shown(scim: Session) -> None:
    """A filter must find a user that was created without active by the default that GET returns."""
    scim.target.need_attribute(USER_URN, "active")
    body = {key: value for key, value in scim.user_body().items() if key != "active"}
    made = expect.status(scim.post(scim.users, body), 201).json
    shown = scim.read(made).get("active")
    if not isinstance(shown, bool):
        raise NotOffered("a default value of active")
    expect.chosen(scim, scim.search(f'userName eq "{made["userName"]}" and active eq {str(shown).lower()}'), made)


def within(expression: str) -> str:
    """Put a filter in parentheses if another operator follows it."""
    return f"({expression})" if " or " in expression else expression


def has(user: dict[str, Any], path: str) -> bool:
    """Whether the user, as GET returns it, has a value for this path."""
    top, _, part = path.partition(".")
    held = user.get(top)
    elements = held if isinstance(held, list) else [held]
    return any((element.get(part) if part and isinstance(element, dict) else element) for element in elements)


def moment_of(user: dict[str, Any], attribute: str) -> datetime:
    """meta.created or meta.lastModified with a time zone offset; raises NotOffered if there is none."""
    text = (user.get("meta") or {}).get(attribute)
    moment = expect.moment(text, f"meta.{attribute}") if text else None
    if moment is None or moment.tzinfo is None:
        raise NotOffered(f"meta.{attribute} with an offset")
    return moment
