"""RFC 7644 section 3.4.2.2: and, or, not, round brackets, and value filters in square ones."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN

PRECEDENCE = "Parse or above and, and above not, and let brackets overrule them."


def three(scim: Session) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Users a, b, c, and for each the comparison that chooses it; `all` chooses the three, `none` nobody."""
    users = [scim.new_user() for _ in range(3)]
    chooses = {letter: f'userName eq "{user["userName"]}"' for letter, user in zip("abc", users, strict=True)}
    return users, {**chooses, "none": f'userName eq "{expect.UNKNOWN}"', "all": f"({' or '.join(chooses.values())})"}


def judge(scim: Session, form: str, letters: str, simple: str | None = None) -> None:
    """The filter, with each {name} replaced by a comparison, finds the users with these letters.

    A server that evaluates the `simple` form must evaluate this one as well.
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
    consequence="Entra asks for a person with a manager: a dropped second half finds the wrong one.",
    fix="Parse the whole filter; refuse what is left over.",
)
def test_and_wants_both_sides(scim: Session, form: str, letters: str) -> None:
    """and matches only if both sides match."""
    judge(scim, form, letters)


@requirement("RFC7644-3.4.2.2-21", "RFC7644-3.4.2.2-31", level="lie", consequence="A leaver is taken for active.")
def test_and_with_a_boolean(scim: Session) -> None:
    """userName eq and active eq false finds the inactive user alone, and with true nobody."""
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
    consequence="A look-up by either of two keys finds nobody, and the person is created again.",
    fix="Match if either side matches.",
)
def test_or_wants_either_side(scim: Session, form: str, letters: str) -> None:
    """or matches if either side matches."""
    judge(scim, form, letters)


@pytest.mark.parametrize(
    ("form", "letters"),
    [("{all} and not ({a})", "bc"), ("not ({a}) and {all}", "bc"), ("{all} and not ({a} or {b})", "c")],
    ids=["behind", "in-front", "of-or"],
)
@requirement(
    "RFC7644-3.4.2.2-23",
    level="lie",
    consequence="Whoever should be left out is worked on.",
    fix="Turn the result of the bracket round.",
)
def test_not_chooses_the_complement(scim: Session, form: str, letters: str) -> None:
    """not (x) chooses exactly what x does not."""
    judge(scim, form, letters)


@requirement(
    "RFC7644-3.4.2.2-24",
    level="refusal",
    consequence="The grammar has no blank behind not, the examples have one; clients write both.",
    fix="Skip blanks between not and its bracket.",
)
def test_not_is_read_with_and_without_a_blank(scim: Session) -> None:
    """not (x) and not(x) give the same; either may be refused (warning)."""
    users, comparisons = three(scim)
    answers = {f: scim.search(f"{comparisons['all']} and {f}({comparisons['a']})") for f in ("not ", "not")}
    for form, answer in answers.items():
        if answer.status in expect.DECLINED:
            scim.warn(f"{form}( is refused", "200", answer.told)
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
    consequence="A filter finds other people than its writer means.",
    fix=PRECEDENCE,
)
def test_not_binds_tighter_than_and_and_than_or(scim: Session, form: str, letters: str) -> None:
    """Without brackets: not, then and, then or."""
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
    consequence="A filter finds other people than its writer means.",
    fix=PRECEDENCE,
)
def test_brackets_group(scim: Session, form: str, letters: str) -> None:
    """What stands in brackets is decided first."""
    judge(scim, form, letters, simple="({a} or {b})")


def addressed(scim: Session) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A user with a work and a home address, another with the two exchanged, and the mark in all of them."""
    scim.target.need_attribute(USER_URN, "emails.type")
    mark = scim.name()

    def emails(*kinds: str) -> list[dict[str, Any]]:
        return [{"value": f"{n}{mark}@check.example", "type": kind} for n, kind in enumerate(kinds)]

    one = scim.new_user(emails=emails("work", "home"))
    answer = scim.post(scim.users, scim.user_body(emails=emails("home", "work")))
    if answer.status == 409:  # the server decides what conflicts (RFC 7644 3.3)
        raise NotOffered("an e-mail address that two users share")
    if answer.status != 201:
        raise Undecided(f"set-up: POST {scim.users} answered {answer.told}, expected 201 with the resource")
    return one, answer.json, mark


@requirement(
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="A person is not found by the second address and is created again.",
    fix="Compare each value of the attribute.",
)
def test_any_value_of_a_multi_valued_attribute_matches(scim: Session) -> None:
    """emails.value matches the first address and the second."""
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
    consequence="Entra matches by the work address: somebody with it as home address is taken for that person.",
    fix="Look for one element that fulfils the whole bracket.",
)
def test_value_filter_applies_to_one_element(scim: Session, inner: str, who: str) -> None:
    """emails[type eq "work" and value eq x] wants both in the same element; without brackets either may do."""
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
    consequence="Who has no work address is found as if he had.",
    fix="Match the elements' type.",
)
def test_value_filter_stands_among_others(scim: Session) -> None:
    """emails[…] can be joined by and with another comparison."""
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
    consequence="A bracket inside a bracket is skipped, and people who do not fit are found.",
    fix="Use the same grammar inside square brackets, or refuse with 400.",
)
def test_value_filter_can_nest_brackets(scim: Session) -> None:
    """emails[type eq "work" and (value eq x or value eq y)]: the right result or 400."""
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
    consequence="A bracket that cannot be read is skipped, and the client takes the first of everybody.",
    fix="Refuse what is no filter on the parent's sub-attributes with 400 invalidFilter.",
)
def test_broken_value_filter_finds_nobody(scim: Session, inner: str) -> None:
    """What stands in the brackets is a filter on sub-attributes, or it is refused or matches nobody."""
    addressed(scim)
    expect.chosen(scim, scim.search(f"emails[{inner}]"), optional=True)


@requirement(
    "RFC7644-3.4.2.2-34",
    level="lie",
    consequence="The RFC's own example of a filter finds nobody.",
    fix="Compare `value` where a multi-valued attribute is named without a sub-attribute, or refuse with 400.",
)
@pytest.mark.parametrize("operator", ["eq", "co"])
def test_multi_valued_attribute_alone_means_its_value(scim: Session, operator: str) -> None:
    """emails co "x" without sub-attribute matches on value, or is refused."""
    one, other, mark = addressed(scim)
    answer = scim.search(f'emails {operator} "0{mark}@check.example"')
    if answer.status in expect.DECLINED:
        return
    hits = {str(item.get("id")) for item in expect.listing(answer)}
    if hits != {one["id"], other["id"]}:
        scim.warn("emails without .value is not compared by value", "the two users, or 400", f"{len(hits)} users")


def bracketed(scim: Session, expression: str) -> Answer:
    """A search with a value filter, which a server MAY lack: NotOffered then."""
    answer = scim.search(expression)
    if answer.status in expect.DECLINED:
        expect.chosen(scim, answer, optional=True)
        raise NotOffered("value filters in square brackets")
    return answer
