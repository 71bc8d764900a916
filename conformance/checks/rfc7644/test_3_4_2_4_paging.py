"""RFC 7644 section 3.4.2.4: pagination with startIndex and count."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.cohorts import cohort, holds_items_per_page, ids_in, page
from simulator.wording import counted

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])
MANY = 12  # more than the smallest default page size
LOST = "Imports miss users at the page boundaries and treat them as deleted."


def order(scim: Session, type_name: str = "User") -> dict[str, str]:
    """A sortBy parameter if the server supports sorting; otherwise the server decides the order."""
    return {"sortBy": {"User": "userName", "Group": "displayName"}[type_name]} if scim.target.offers("sort") else {}


@TYPES
@requirement(
    "RFC7644-3.4.2.4-12",
    "RFC7644-3.4.2.4-05",
    "RFC7644-3.4.2.4-10",
    level="lie",
    consequence=LOST,
    fix="Skip startIndex - 1 of the sorted matches, and return at most count of them.",
)
def test_pages_give_each_resource_once(scim: Session, type_name: str) -> None:
    """Reading page by page with startIndex must return every resource exactly once, with the same totalResults."""
    five = cohort(scim, 5, type_name)
    seen: list[str] = []
    for start in (1, 3, 5):
        answer = page(scim, five, startIndex=start, count=2, **order(scim, type_name))
        if len(answer["Resources"]) > 2:
            raise Finding("the page has more resources than count", "at most 2", str(len(answer["Resources"])))
        expect.equal(answer["totalResults"], 5, "totalResults")
        if type(answer["startIndex"]) is not int or answer["startIndex"] < 1:
            raise Finding(
                "startIndex is not a positive integer", "an integer of at least 1", json_of(answer["startIndex"])
            )
        holds_items_per_page(scim, answer, 2)
        seen += ids_in(answer["Resources"])
    expect.equal(sorted(seen), sorted(five.ids), "the ids over all pages")


@requirement(
    "RFC7644-3.4.2.4-12",
    level="lie",
    consequence=LOST,
    fix="Use a fixed default order for lists, such as by creation time or id.",
)
def test_pages_keep_their_order_without_sorting(scim: Session) -> None:
    """Reading the same pages twice without sortBy should return the resources in the same order (warning)."""
    five = cohort(scim, 5)
    walks = [
        [id_ for start in (1, 3, 5) for id_ in ids_in(page(scim, five, startIndex=start, count=2)["Resources"])]
        for _ in range(2)
    ]
    if walks[0] != walks[1] or sorted(walks[0]) != sorted(five.ids):
        got = f"{counted(len(set(walks[0])), 'resource')} at first, then {len(set(walks[1]))}"
        raise Finding("the order of the list changes between requests", "the same 5 resources twice", got, Verdict.WARN)


@requirement(
    "RFC7644-3.4.2.4-12",
    "RFC7644-3.4.2-06",
    level="lie",
    consequence=(
        "Users beyond the limit are invisible: they are not matched, are created twice, and are never deprovisioned."
    ),
    fix="Limit the size of a page if necessary, but not totalResults, and return the actual size as itemsPerPage.",
)
def test_capped_pages_lead_on(scim: Session) -> None:
    """Reading page by page without count must return all twelve users, and totalResults must be 12."""
    many = cohort(scim, MANY)
    seen: list[str] = []
    while len(seen) < MANY:
        answer = page(scim, many, startIndex=len(seen) + 1, **order(scim))
        expect.equal(answer["totalResults"], MANY, "totalResults")
        if not answer["Resources"]:
            break
        seen += ids_in(answer["Resources"])
    expect.equal(sorted(seen), sorted(many.ids), "the ids over all pages")


@TYPES
@pytest.mark.parametrize("count", [0, -1])
@requirement(
    "RFC7644-3.4.2.4-08",
    "RFC7644-3.4.2.4-07",
    level="lie",
    consequence="A client that asks only for the number of users gets all of them or no number.",
    fix="Treat a negative count as 0, and for 0 return totalResults without resources.",
)
def test_count_zero_counts_only(scim: Session, count: int, type_name: str) -> None:
    """count=0 and a negative count must return no resources and the right totalResults."""
    two = cohort(scim, 2, type_name)
    answer = expect.status(scim.search(two.filter, two.endpoint, count=count), 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    expect.equal(answer["totalResults"], 2, "totalResults")


@pytest.mark.parametrize("start", [0, -5])
@requirement(
    "RFC7644-3.4.2.4-04",
    level="lie",
    consequence=LOST,
    fix="Treat a startIndex below 1 as 1.",
)
def test_start_index_below_one_is_one(scim: Session, start: int) -> None:
    """A startIndex of 0 or -5 must return the first page and startIndex 1."""
    three = cohort(scim, 3)
    answer = page(scim, three, startIndex=start, count=2, **order(scim))
    first = page(scim, three, startIndex=1, count=2, **order(scim))
    expect.equal(ids_in(answer["Resources"]), ids_in(first["Resources"]), "the page")
    expect.equal(answer["startIndex"], 1, "startIndex")


@requirement(
    "RFC7644-3.4.2.4-03",
    level="lie",
    consequence=LOST,
    fix="Count from 1, and start at 1 if startIndex is missing.",
)
def test_start_index_is_one_by_default(scim: Session) -> None:
    """Without startIndex, a list must start at the first resource and return startIndex 1."""
    three = cohort(scim, 3)
    alone, first = (page(scim, three, count=1, **start, **order(scim)) for start in ({}, {"startIndex": 1}))
    if "nextCursor" in alone.json and "startIndex" not in alone.json:
        raise NotOffered("index-based pages as the default")
    expect.equal(ids_in(alone["Resources"]), ids_in(first["Resources"]), "the page")
    for answer in (alone, first):
        expect.equal(answer["startIndex"], 1, "startIndex")


@TYPES
@requirement(
    "RFC7644-3.4.2.4-11",
    level="lie",
    consequence=LOST,
    fix="Treat startIndex as the 1-based position of the first resource, not as an offset.",
)
def test_start_index_is_that_of_the_first_element(scim: Session, type_name: str) -> None:
    """startIndex=2&count=1 must return the second resource of the list and startIndex 2."""
    three = cohort(scim, 3, type_name)
    whole = ids_in(expect.listing(page(scim, three, **order(scim, type_name))))
    answer = page(scim, three, startIndex=2, count=1, **order(scim, type_name))
    expect.equal(ids_in(answer["Resources"]), whole[1:2], "the page")
    expect.equal(answer["startIndex"], 2, "startIndex")


@TYPES
@pytest.mark.parametrize("beyond", [1, 100])
@requirement(
    "RFC7644-3.4.2.4-13",
    level="lie",
    consequence="Okta's import never ends or imports users twice.",
    fix="Return 200 with no resources and the actual totalResults.",
)
def test_page_beyond_the_end_is_empty(scim: Session, beyond: int, type_name: str) -> None:
    """A startIndex beyond the end must return an empty page and the actual totalResults; an error is a warning."""
    two = cohort(scim, 2, type_name)
    answer = scim.search(two.filter, two.endpoint, startIndex=2 + beyond, count=2)
    if answer.status in (400, 404):
        scim.warn("a page beyond the end of the list returns an error", "200 with no resources", answer.told)
        return
    expect.status(answer, 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    expect.equal(answer["totalResults"], 2, "totalResults")


@requirement(
    "RFC7644-3.4.2.4-06",
    level="refusal",
    consequence="SailPoint asks for large pages and gets an error instead of users.",
    fix="Return as many resources as the server allows instead of rejecting a large count.",
)
def test_large_count_is_no_error(scim: Session) -> None:
    """A count above filter.maxResults should return 200 with as many resources as the server allows (warning)."""
    two = cohort(scim, 2)
    largest = (scim.target.config.get("filter") or {}).get("maxResults")
    count = largest + 1 if isinstance(largest, int) else 10_000
    answer = page(scim, two, count=count)
    expect.equal(answer["totalResults"], 2, "totalResults")
    if not set(ids_in(answer["Resources"])) <= set(two.ids):
        raise Finding("the page contains other resources", "the two users", json_of(ids_in(answer["Resources"])))


@pytest.mark.alone
@requirement(
    "RFC7644-3.4.2.4-09",
    "RFC7644-3.4.2.4-10",
    level="lie",
    consequence=LOST,
    fix="Return startIndex and itemsPerPage with every page that does not contain all resources.",
)
def test_list_without_parameters_tells_its_place(scim: Session) -> None:
    """GET /Users without count must return 200, with startIndex and itemsPerPage if the list is incomplete."""
    for _ in range(3):
        scim.new_user()
    answer = scim.get(scim.users)
    resources = expect.listing(answer)
    if not resources or answer["totalResults"] < 3:
        raise Finding(
            "the list does not contain the users that exist", "at least three users", f"{len(resources)} listed"
        )
    if len(resources) < answer["totalResults"]:
        expect.equal(answer["startIndex"], 1, "startIndex")
        holds_items_per_page(scim, answer)


@pytest.mark.parametrize("parameter", ["count", "startIndex"])
@requirement(
    "RFC7644-3.4.2.4-10",
    level="cosmetic",
    consequence="A non-numeric parameter causes a 500, and providers retry a 500 again and again.",
    fix="Reject it with 400 invalidValue, or use the default.",
)
def test_word_for_a_number_does_no_harm(scim: Session, parameter: str) -> None:
    """count=abc and startIndex=abc must be rejected with 400 or ignored."""
    two = cohort(scim, 2)
    answer = scim.search(two.filter, **{parameter: "abc"})
    if answer.status == 400:
        expect.scim_error(answer, 400)
    else:
        expect.found(answer, *two.resources)
