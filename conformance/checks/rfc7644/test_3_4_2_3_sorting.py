"""RFC 7644 section 3.4.2.3: sortBy and sortOrder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.cohorts import Cohort, cohort, ids_in, page

MIXED = "cadb"  # the order in which the users are created; sorted, they are abcd
CONSEQUENCE = "An import that pages through a sorted list misses users at the page boundaries."


def mixed(scim: Session, each: Callable[[int, str], dict[str, Any]]) -> Cohort:
    """Create four users in mixed order; `each(n, letter)` gives the n-th an attribute that sorts by the letter."""
    scim.target.need("sort")
    return cohort(scim, len(MIXED), each=lambda n: each(n, MIXED[n]))


def in_order(of: Cohort, *, reverse: bool = False) -> list[str]:
    """The ids of a mixed cohort, sorted by letter."""
    pairs = sorted(zip(MIXED, of.ids, strict=True), reverse=reverse)
    return [id_ for _, id_ in pairs]


@pytest.mark.parametrize("order", ["ascending", "descending"])
@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.3-07",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Sort by the requested attribute before selecting the page.",
)
def test_sort_by_orders_by_the_attribute(scim: Session, order: str) -> None:
    """sortBy must sort by the requested attribute, in the direction of sortOrder."""
    scim.target.need_attribute(USER_URN, "title")
    users = mixed(scim, lambda n, letter: {"title": f"{letter} chief"})
    shown = ids_in(expect.listing(page(scim, users, sortBy="title", sortOrder=order)))
    expect.equal(shown, in_order(users, reverse=order == "descending"), "the order of the users")


@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.3-08",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Sort in ascending order if sortOrder is missing.",
)
def test_sorting_ascends_by_default(scim: Session) -> None:
    """Without sortOrder, sortBy must sort in ascending order."""
    scim.target.need_attribute(USER_URN, "title")
    users = mixed(scim, lambda n, letter: {"title": f"{letter} chief"})
    for parameters in ({}, {"sortOrder": "ascending"}):
        shown = ids_in(expect.listing(page(scim, users, sortBy="title", **parameters)))
        expect.equal(shown, in_order(users), "the order of the users")


@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.4-12",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Sort all matches first, and then select the page.",
)
def test_pages_are_cut_from_the_sorted_list(scim: Session) -> None:
    """The pages of a sorted list, taken together, must be in order."""
    scim.target.need_attribute(USER_URN, "title")
    users = mixed(scim, lambda n, letter: {"title": f"{letter} chief"})
    pages = [page(scim, users, sortBy="title", startIndex=start, count=2) for start in (1, 3)]
    shown = [id_ for answer in pages for id_ in ids_in(answer["Resources"])]
    expect.equal(shown, in_order(users), "the order over both pages")


@requirement(
    "RFC7644-3.4.2.3-07",
    level="cosmetic",
    consequence="A typo in sortOrder causes a 500.",
    fix="Reject an unknown sortOrder with 400 invalidValue, or sort in ascending order.",
)
def test_unknown_sort_order_is_refused_or_ascending(scim: Session) -> None:
    """An unknown sortOrder must be rejected with 400 or treated as ascending."""
    scim.target.need_attribute(USER_URN, "title")
    users = mixed(scim, lambda n, letter: {"title": f"{letter} chief"})
    answer = scim.search(users.filter, sortBy="title", sortOrder="sideways")
    if answer.status == 400:
        expect.scim_error(answer, 400)
        return
    expect.equal(ids_in(expect.listing(answer)), in_order(users), "the order of the users")


@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.3-09",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Compare attributes case-insensitively unless they are declared with caseExact true.",
)
def test_sorting_ignores_case_where_the_attribute_does(scim: Session) -> None:
    """sortBy=userName must ignore case and sort a, B, c, D in this order."""
    scim.target.need("sort")
    mark = scim.name()
    letters = "cBDa"
    made = [scim.new_user(userName=f"{mark}.{letter}@check.example") for letter in letters]
    expect.evaluated(scim.search(f'userName sw "{mark}."'), "a filter with sw")
    answer = scim.search(f'userName sw "{mark}."', sortBy="userName")
    expected = [user["id"] for _, user in sorted(zip(letters.lower(), made, strict=True), key=lambda pair: pair[0])]
    expect.equal(ids_in(expect.listing(answer)), expected, "the order of the users")


@pytest.mark.parametrize(
    "path",
    ["name.familyName", f"{ENTERPRISE_URN}:department", f"{USER_URN}:name.familyName"],
    ids=["part", "extension", "urn"],
)
@requirement(
    "RFC7644-3.4.2.3-05",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Resolve the path into the complex attribute or into the extension.",
)
def test_sorting_follows_a_path(scim: Session, path: str) -> None:
    """sortBy must support sub-attributes and extension attributes."""
    if path.startswith(ENTERPRISE_URN):
        scim.target.need_attribute(ENTERPRISE_URN, "department")
        users = mixed(scim, lambda n, letter: {ENTERPRISE_URN: {"department": f"{letter}d"}})
    else:
        users = mixed(scim, lambda n, letter: {"name": {"givenName": "Check", "familyName": f"{letter}f"}})
    shown = ids_in(expect.listing(page(scim, users, sortBy=path)))
    expect.equal(shown, in_order(users), "the order of the users")


@pytest.mark.parametrize("path", ["name", "meta", "emails"])
@requirement(
    "RFC7644-3.4.2.3-05",
    level="cosmetic",
    consequence="A meaningless request causes a 500, and providers retry a 500 again and again.",
    fix="Reject it with 400, or return the list unsorted.",
)
def test_sorting_by_a_complex_attribute_does_no_harm(scim: Session, path: str) -> None:
    """sortBy with a complex attribute, such as name, must be rejected with 400 or return all users in any order."""
    users = mixed(scim, lambda n, letter: {})
    answer = scim.search(users.filter, sortBy=path)
    if answer.status != 400:
        expect.found(answer, *users.resources)


@requirement(
    "RFC7644-3.4.2.3-04",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Sort by the primary value, or by the first value if none is primary.",
)
def test_sorting_by_a_list_takes_its_primary_value(scim: Session) -> None:
    """sortBy=emails.value must sort by the primary address of each user, or by the first one if none is primary."""
    scim.target.need_attribute(USER_URN, "emails.primary")
    mark = scim.name()

    def addresses(n: int, letter: str) -> dict[str, Any]:
        counts = {"value": f"{letter}-{mark}@check.example", "type": "work"}
        if n % 2:
            return {"emails": [counts]}
        first = {"value": f"{'z' if n else 'a'}{n}{mark}@check.example", "type": "home"}
        return {"emails": [first, {**counts, "primary": True}]}

    users = mixed(scim, addresses)
    answer = scim.search(users.filter, sortBy="emails.value")
    expect.equal(ids_in(expect.listing(answer)), in_order(users), "the order of the users")


@pytest.mark.parametrize("order", ["ascending", "descending"])
@requirement(
    "RFC7644-3.4.2.3-06",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Put resources without a value last in ascending order and first in descending order.",
)
def test_resources_without_a_value_sort_last(scim: Session, order: str) -> None:
    """Resources without a value must be last in ascending order and first in descending order."""
    scim.target.need("sort")
    scim.target.need_attribute(USER_URN, "title")
    three = cohort(scim, 3, each=lambda n: {"title": "bax"[n]} if n != 1 else {})
    b, none, x = three.ids
    shown = ids_in(expect.listing(page(scim, three, sortBy="title", sortOrder=order)))
    expect.equal(shown, [b, x, none] if order == "ascending" else [none, x, b], "the order of the users")


@pytest.mark.parametrize("order", ["ascending", "descending"])
@requirement(
    "RFC7644-3.4.2.3-10",
    level="lie",
    consequence="A delta import that reads the newest users first reads the wrong ones.",
    fix="Compare points in time when sorting dates.",
)
def test_moments_sort_by_time(scim: Session, order: str) -> None:
    """sortBy=meta.created must sort by time; users with the same time can be in any order."""
    scim.target.need("sort")
    users = cohort(scim, 4)
    listed = expect.listing(page(scim, users, sortBy="meta.created", sortOrder=order))
    texts = [(user.get("meta") or {}).get("created") for user in listed]
    if None in texts:
        raise NotOffered("meta.created")
    moments = [expect.moment(text, "meta.created") for text in texts]
    expect.equal(texts, [t for _, t in sorted(zip(moments, texts, strict=True), reverse=order != "ascending")], "order")


@requirement(
    "RFC7644-3.4.2.3-01",
    level="cosmetic",
    consequence="A server without support for sorting fails on a request that it could serve with an unsorted list.",
    fix="Ignore sortBy, or reject it with a 4xx or 501.",
)
def test_sort_by_does_no_harm_where_it_is_not_offered(scim: Session) -> None:
    """A server without support for sorting must ignore sortBy or reject it, without a server error."""
    users = cohort(scim, 2)
    answer = scim.search(users.filter, sortBy="userName")
    if answer.status == 200:
        expect.found(answer, *users.resources)
    elif answer.status != 501 and not 400 <= answer.status < 500:
        raise Finding("sortBy causes an unexpected status", "200, a 4xx, or 501", answer.told, Verdict.FAIL)
