"""RFC 7644 section 3.4.2.4: pages by startIndex and count."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.cohorts import cohort, holds_items_per_page, ids_in, page

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])
MANY = 12  # more than the smallest page that anybody sets
LOST = "Importers lose people at the seams of pages, and take who is missing for deleted."


def order(scim: Session, type_name: str = "User") -> dict[str, str]:
    """Sorting, where it is offered: without it the order of a list is the server's own."""
    return {"sortBy": {"User": "userName", "Group": "displayName"}[type_name]} if scim.target.offers("sort") else {}


@TYPES
@requirement(
    "RFC7644-3.4.2.4-12",
    "RFC7644-3.4.2.4-05",
    "RFC7644-3.4.2.4-10",
    level="lie",
    consequence=LOST,
    fix="Skip startIndex - 1 of the ordered hits, and take at most count.",
)
def test_pages_give_each_resource_once(scim: Session, type_name: str) -> None:
    """Walking by startIndex gives every resource exactly once, with the same total on each page."""
    five = cohort(scim, 5, type_name)
    seen: list[str] = []
    for start in (1, 3, 5):
        answer = page(scim, five, startIndex=start, count=2, **order(scim, type_name))
        if len(answer["Resources"]) > 2:
            raise Finding("a page is larger than count", "at most 2", str(len(answer["Resources"])))
        expect.equal(answer["totalResults"], 5, "totalResults")
        if type(answer["startIndex"]) is not int or answer["startIndex"] < 1:
            raise Finding("startIndex is no such number", "an integer from 1", repr(answer["startIndex"]))
        holds_items_per_page(scim, answer, 2)
        seen += ids_in(answer["Resources"])
    expect.equal(sorted(seen), sorted(five.ids), "the ids over all pages")


@requirement(
    "RFC7644-3.4.2.4-12",
    level="lie",
    consequence=LOST,
    fix="Give lists a fixed order of their own, such as that of creation or of ids.",
)
def test_pages_keep_their_order_without_sorting(scim: Session) -> None:
    """Two walks in steps of two, over unchanged data and without sortBy, give the same sequence."""
    five = cohort(scim, 5)
    walks = [
        [id_ for start in (1, 3, 5) for id_ in ids_in(page(scim, five, startIndex=start, count=2)["Resources"])]
        for _ in range(2)
    ]
    if walks[0] != walks[1] or sorted(walks[0]) != sorted(five.ids):
        got = f"{len(set(walks[0]))} resources at first, {len(set(walks[1]))} then"
        raise Finding("the order changes from request to request", "5 resources, twice alike", got, Verdict.WARN)


@requirement(
    "RFC7644-3.4.2.4-12",
    "RFC7644-3.4.2-06",
    level="lie",
    consequence="People beyond the cap are invisible: never matched, doubled, never deprovisioned.",
    fix="Cap the page if you must, never the total; and let itemsPerPage say what the page holds.",
)
def test_capped_pages_lead_on(scim: Session) -> None:
    """Without count, walking on by what each page holds finds all of a dozen, and the total says so."""
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
    consequence="Who asks for the number of people alone gets all of them, or none counted.",
    fix="Take a negative count for 0, and answer 0 with the total and no resources.",
)
def test_count_zero_counts_only(scim: Session, count: int, type_name: str) -> None:
    """count 0, and a negative one, give no resources but the total."""
    two = cohort(scim, 2, type_name)
    answer = expect.status(scim.search(two.filter, two.endpoint, count=count), 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    expect.equal(answer["totalResults"], 2, "totalResults")


@pytest.mark.parametrize("start", [0, -5])
@requirement(
    "RFC7644-3.4.2.4-04",
    level="lie",
    consequence=LOST,
    fix="Take a startIndex below 1 for 1.",
)
def test_start_index_below_one_is_one(scim: Session, start: int) -> None:
    """startIndex 0 and -5 begin at the first, and the answer says 1."""
    three = cohort(scim, 3)
    answer = page(scim, three, startIndex=start, count=2, **order(scim))
    first = page(scim, three, startIndex=1, count=2, **order(scim))
    expect.equal(ids_in(answer["Resources"]), ids_in(first["Resources"]), "the page")
    expect.equal(answer["startIndex"], 1, "startIndex")


@requirement(
    "RFC7644-3.4.2.4-03",
    level="lie",
    consequence=LOST,
    fix="Count from 1, and begin at 1 where startIndex is missing.",
)
def test_start_index_is_one_by_default(scim: Session) -> None:
    """count=1 alone gives the same element as with startIndex=1, and startIndex 1."""
    three = cohort(scim, 3)
    alone, first = (page(scim, three, count=1, **start, **order(scim)) for start in ({}, {"startIndex": 1}))
    if "nextCursor" in alone.json and "startIndex" not in alone.json:
        raise NotOffered("pages by index as the default")
    expect.equal(ids_in(alone["Resources"]), ids_in(first["Resources"]), "the page")
    for answer in (alone, first):
        expect.equal(answer["startIndex"], 1, "startIndex")


@TYPES
@requirement(
    "RFC7644-3.4.2.4-11",
    level="lie",
    consequence=LOST,
    fix="startIndex is the number of the first element, from 1, not an offset.",
)
def test_start_index_is_that_of_the_first_element(scim: Session, type_name: str) -> None:
    """startIndex=2&count=1 gives the second of the whole list, and startIndex 2."""
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
    consequence="Okta's import does not end, or takes people in twice.",
    fix="Answer 200 with no resources and the true total.",
)
def test_page_beyond_the_end_is_empty(scim: Session, beyond: int, type_name: str) -> None:
    """A startIndex behind the end gives an empty page and the true total."""
    two = cohort(scim, 2, type_name)
    answer = scim.search(two.filter, two.endpoint, startIndex=2 + beyond, count=2)
    if answer.status in (400, 404):
        scim.warn("a page beyond the end is an error", "200 with no resources", answer.told)
        return
    expect.status(answer, 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    expect.equal(answer["totalResults"], 2, "totalResults")


@requirement(
    "RFC7644-3.4.2.4-06",
    level="refusal",
    consequence="SailPoint asks for more than the server likes, and gets an error in place of people.",
    fix="Give as many as you like to give; do not refuse a large count.",
)
def test_large_count_is_no_error(scim: Session) -> None:
    """A count above filter.maxResults gives 200 with what the server likes to give."""
    two = cohort(scim, 2)
    largest = (scim.target.config.get("filter") or {}).get("maxResults")
    count = largest + 1 if isinstance(largest, int) else 10_000
    answer = page(scim, two, count=count)
    expect.equal(answer["totalResults"], 2, "totalResults")
    if not set(ids_in(answer["Resources"])) <= set(two.ids):
        raise Finding("the page holds others", "the two users", str(ids_in(answer["Resources"])))


@pytest.mark.alone
@requirement(
    "RFC7644-3.4.2.4-09",
    "RFC7644-3.4.2.4-10",
    level="lie",
    consequence=LOST,
    fix="Send startIndex and itemsPerPage with each page that is not the whole.",
)
def test_list_without_parameters_tells_its_place(scim: Session) -> None:
    """GET /Users without count gives 200; what is not the whole has startIndex and itemsPerPage."""
    for _ in range(3):
        scim.new_user()
    answer = scim.get(scim.users)
    resources = expect.listing(answer)
    if not resources or answer["totalResults"] < 3:
        raise Finding("the list of users is empty", "three users at least", f"{len(resources)} listed")
    if len(resources) < answer["totalResults"]:
        expect.equal(answer["startIndex"], 1, "startIndex")
        holds_items_per_page(scim, answer)


@pytest.mark.parametrize("parameter", ["count", "startIndex"])
@requirement(
    "RFC7644-3.4.2.4-10",
    level="cosmetic",
    consequence="A word in place of a number becomes a 500, and providers send a 500 again and again.",
    fix="Refuse it with 400 invalidValue, or take the default.",
)
def test_word_for_a_number_does_no_harm(scim: Session, parameter: str) -> None:
    """count=abc and startIndex=abc give 400, or the list."""
    two = cohort(scim, 2)
    answer = scim.search(two.filter, **{parameter: "abc"})
    if answer.status == 400:
        expect.scim_error(answer, 400)
    else:
        expect.found(answer, *two.resources)
