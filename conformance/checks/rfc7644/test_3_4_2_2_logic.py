"""RFC 7644 section 3.4.2.2: and, or, not, parentheses, and value filters in square brackets."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from simulator.wording import counted

PRECEDENCE = "Let not bind tighter than and, and and tighter than or; let parentheses override both."


def three(scim: Session) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The users a, b, and c, and the comparison that selects each; `all` selects all three, and `none` selects no user."""
    users = [scim.new_user() for _ in range(3)]
    chooses = {letter: f'userName eq "{user["userName"]}"' for letter, user in zip("abc", users, strict=True)}
    return users, {**chooses, "none": f'userName eq "{expect.UNKNOWN}"', "all": f"({' or '.join(chooses.values())})"}


def judge(scim: Session, form: str, letters: str, simple: str | None = None) -> None:
    """The filter, with each {name} replaced by a comparison, must find the users with these letters.

    A server that evaluates the filter `simple` must also evaluate this one.
    """
    users, comparisons = three(scim)
    answer = scim.search(form.format(**comparisons))
    declined = answer.status in expect.DECLINED and simple is not None
    plain = scim.search(str(simple).format(**comparisons)) if declined else None
    expect.chosen(scim, answer, *(users["abc".index(letter)] for letter in letters), plain=plain)


@pytest.mark.parametrize(
    ("form", "letters"),
    [("{a} and id pr", "a"), ("{a} and {b}", ""), ("{a} and {none}", ""), ("id pr and {b} and {all}", "b")],
    ids=["both", "other", "second-half-false", "three-parts"],
)
@requirement(
    "RFC7644-3.4.2.2-21",
    level="lie",
    consequence="Entra looks for a user with a certain manager: a server that drops the second half finds the wrong user.",
    fix="Parse the whole filter, and reject it if any part remains unparsed.",
)
def test_and_wants_both_sides(scim: Session, form: str, letters: str) -> None:
    """`and` must match only if both sides match; rejecting it is a warning."""
    judge(scim, form, letters)


@requirement("RFC7644-3.4.2.2-21", "RFC7644-3.4.2.2-31", level="lie", consequence="A leaver appears to be active.")
def test_and_with_a_boolean(scim: Session) -> None:
    """`userName eq … and active eq …` must find an inactive user with false and no user with true."""
    user = scim.new_user(active=False)
    for value, expected in (("false", [user]), ("true", [])):
        expect.chosen(scim, scim.search(f'userName eq "{user["userName"]}" and active eq {value}'), *expected)


@pytest.mark.parametrize(
    ("form", "letters"),
    [("{a} or {b}", "ab"), ("{none} or {c}", "c"), ("{a} or {b} or {c}", "abc")],
    ids=["two", "second-half", "three"],
)
@requirement(
    "RFC7644-3.4.2.2-22",
    level="lie",
    consequence="A lookup by either of two keys finds no user, and the user is created again.",
    fix="Match if at least one side matches.",
)
def test_or_wants_either_side(scim: Session, form: str, letters: str) -> None:
    """`or` must match if at least one side matches; rejecting it is a warning."""
    judge(scim, form, letters)


@pytest.mark.parametrize(
    ("form", "letters"),
    [("{all} and not ({a})", "bc"), ("not ({a}) and {all}", "bc"), ("{all} and not ({a} or {b})", "c")],
    ids=["behind", "in-front", "of-or"],
)
@requirement(
    "RFC7644-3.4.2.2-23",
    level="lie",
    consequence="Users that a filter should exclude are changed.",
    fix="Negate the result of the expression in parentheses.",
)
def test_not_chooses_the_complement(scim: Session, form: str, letters: str) -> None:
    """`not (x)` must match exactly the users that x does not match; rejecting it is a warning."""
    judge(scim, form, letters)


@requirement(
    "RFC7644-3.4.2.2-24",
    level="refusal",
    consequence="The grammar of the RFC has no space after not, but its examples do, so clients send both.",
    fix="Accept optional spaces between not and its parenthesis.",
)
def test_not_is_read_with_and_without_a_blank(scim: Session) -> None:
    """`not (x)` and `not(x)` must find the same users; rejecting either one is a warning."""
    users, comparisons = three(scim)
    answers = {f: scim.search(f"{comparisons['all']} and {f}({comparisons['a']})") for f in ("not ", "not")}
    for form, answer in answers.items():
        if answer.status in expect.DECLINED:
            scim.warn(f"a filter with `{form}(` is rejected", "200", answer.told)
        else:
            expect.found(answer, *users[1:])


@pytest.mark.parametrize(
    ("form", "letters"),
    [
        ("{a} or {b} and {none}", "a"),
        ("{none} and {a} or {b}", "b"),
        ("not ({a}) and {all} or {a}", "abc"),
        ("not ({b}) and {b} or {c}", "c"),
    ],
    ids=["or-and", "and-or", "not-and-or", "not-binds-tightest"],
)
@requirement(
    "RFC7644-3.4.2.2-33",
    level="lie",
    consequence="A filter finds different users than its author intended.",
    fix=PRECEDENCE,
)
def test_not_binds_tighter_than_and_and_than_or(scim: Session, form: str, letters: str) -> None:
    """Without parentheses, `not` must be evaluated before `and`, and `and` before `or`."""
    judge(scim, form, letters)


@pytest.mark.parametrize(
    ("form", "letters"),
    [
        ("({a} or {b}) and {b}", "b"),
        ("{b} and ({a} or {b})", "b"),
        ("((({a})))", "a"),
        ("({a}) or (({b}) and {b})", "ab"),
    ],
    ids=["in-front", "behind", "nested", "mixed"],
)
@requirement(
    "RFC7644-3.4.2.2-33",
    level="lie",
    consequence="A filter finds different users than its author intended.",
    fix=PRECEDENCE,
)
def test_brackets_group(scim: Session, form: str, letters: str) -> None:
    """Expressions in parentheses must be evaluated first."""
    judge(scim, form, letters, simple="({a} or {b})")


def addressed(scim: Session) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A user with a work and a home address, another user with the types swapped, and the marker in both addresses."""
    scim.target.need_attribute(USER_URN, "emails.type")
    mark = scim.name()

    def emails(*kinds: str) -> list[dict[str, Any]]:
        return [{"value": f"{n}{mark}@check.example", "type": kind} for n, kind in enumerate(kinds)]

    one = scim.new_user(emails=emails("work", "home"))
    answer = scim.post(scim.users, scim.user_body(emails=emails("home", "work")))
    if answer.status == 409:  # the server decides what conflicts (RFC 7644 section 3.3)
        raise NotOffered("an email address that two users share")
    if answer.status != 201:
        raise Undecided(f"setup: POST {scim.users} returned {answer.told}, expected 201 with the resource")
    return one, answer.json, mark


@requirement(
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="A user is not found by its second address and is created again.",
    fix="Compare every value of the attribute.",
)
def test_any_value_of_a_multi_valued_attribute_matches(scim: Session) -> None:
    """A filter on emails.value must match the first and the second address; rejecting it is a warning."""
    scim.target.need_attribute(USER_URN, "emails.value")
    mark = scim.name()
    user = scim.new_user(
        emails=[{"value": f"{n}{mark}@check.example", "type": t} for n, t in ((0, "work"), (1, "home"))]
    )
    for number in range(2):
        expect.chosen(scim, scim.search(f'emails.value eq "{number}{mark}@check.example"'), user)


@pytest.mark.parametrize(
    ("inner", "who"),
    [
        ('type eq "work" and value eq "{0}"', "one"),
        ('type eq "home" and value eq "{0}"', "other"),
        ('type eq "other" and value eq "{0}"', ""),
        ('value eq "{0}" and type eq "work"', "one"),
    ],
    ids=["work", "home", "neither", "turned-round"],
)
@requirement(
    "RFC7644-3.4.2.2-26",
    "RFC7644-3.4.2.2-27",
    level="lie",
    consequence="Entra matches by the work address and takes over a user that has it as the home address.",
    fix="Match only if a single element fulfills the whole expression in the brackets.",
)
def test_value_filter_applies_to_one_element(scim: Session, inner: str, who: str) -> None:
    """`emails[type eq "work" and value eq x]` must match only if one element fulfills both conditions."""
    one, other, mark = addressed(scim)
    value = f"0{mark}@check.example"
    expected = [user for name, user in (("one", one), ("other", other)) if name == who]
    expect.found(bracketed(scim, f"emails[{inner.replace('{0}', value)}]"), *expected)
    apart = scim.search(f'emails.type eq "home" and emails.value eq "{value}"')
    expect.chosen(scim, apart, one, other)


@requirement(
    "RFC7644-3.4.2.2-26",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="Users without a work address are found as if they had one.",
    fix="Compare the type of each element.",
)
def test_value_filter_stands_among_others(scim: Session) -> None:
    """A value filter such as emails[…] must work together with another comparison and `and`."""
    one, _, mark = addressed(scim)
    value = f"0{mark}@check.example"
    answer = bracketed(scim, f'userName eq "{one["userName"]}" and emails[type eq "work" and value sw "{value[:-8]}"]')
    expect.found(answer, one)
    nobody = bracketed(scim, f'userName eq "{one["userName"]}" and emails[type eq "other"]')
    expect.found(nobody)


@requirement(
    "RFC7644-3.4.2.2-29",
    "RFC7644-3.4.2.2-03",
    level="lie",
    consequence="The inner parentheses are ignored, and users who do not match are found.",
    fix="Use the same grammar inside square brackets, or reject the filter with 400.",
)
def test_value_filter_can_nest_brackets(scim: Session) -> None:
    """`emails[type eq "work" and (value eq x or value eq y)]` must find the right user or be rejected."""
    one, _, mark = addressed(scim)
    values = (f"0{mark}@check.example", f"z{mark}@check.example")
    inner = " or ".join(f'value eq "{value}"' for value in values)
    expect.chosen(scim, scim.search(f'emails[type eq "work" and ({inner})]'), one, optional=True)


@pytest.mark.parametrize(
    "inner",
    ["", "type", 'userName eq "x"', 'type eq "work', "type eq"],
    ids=["empty", "name", "foreign", "quote", "no-value"],
)
@requirement(
    "RFC7644-3.4.2.2-28",
    level="lie",
    consequence=(
        "A server that skips brackets that it cannot parse returns every user, and the client takes the first one."
    ),
    fix="Reject a value filter that is not a valid filter on sub-attributes with 400 invalidFilter.",
)
def test_broken_value_filter_finds_nobody(scim: Session, inner: str) -> None:
    """An invalid value filter in square brackets must be rejected or match no user."""
    addressed(scim)
    expect.chosen(scim, scim.search(f"emails[{inner}]"), optional=True)


@requirement(
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="A filter that the RFC itself shows as an example finds no user.",
    fix=(
        "Compare `value` if a multi-valued attribute is named without a sub-attribute, or reject the filter with 400."
    ),
)
@pytest.mark.parametrize("operator", ["eq", "co"])
def test_multi_valued_attribute_alone_means_its_value(scim: Session, operator: str) -> None:
    """`emails co "x"` without a sub-attribute should compare value or be rejected (warning)."""
    one, other, mark = addressed(scim)
    answer = scim.search(f'emails {operator} "0{mark}@check.example"')
    if answer.status in expect.DECLINED:
        return
    hits = {str(item.get("id")) for item in expect.listing(answer)}
    if hits != {one["id"], other["id"]}:
        scim.warn(
            "a filter on emails without a sub-attribute does not compare value",
            "the two users, or 400",
            counted(len(hits), "user"),
        )


def bracketed(scim: Session, expression: str) -> Answer:
    """Search with a value filter; raises NotOffered if the server rejects it, because value filters are optional."""
    answer = scim.search(expression)
    if answer.status in expect.DECLINED:
        expect.chosen(scim, answer, optional=True)
        raise NotOffered("value filters in square brackets")
    return answer
