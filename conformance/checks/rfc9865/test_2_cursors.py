"""RFC 9865 section 2: pages by cursor."""

from __future__ import annotations

import re

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.cohorts import (
    cohort,
    cursor_pages,
    cursor_rejected,
    holds_items_per_page,
    ids_in,
    need_cursors,
    page,
)

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
LOST = "Importers lose people at the seams of pages, and take who is missing for deleted."
ENDLESS = "An importer stops too early, or never."


@TYPES
@pytest.mark.parametrize("count", [1, 2, 5, 7])
@requirement(
    "RFC9865-2-09",
    "RFC9865-2-05",
    "RFC9865-2-06",
    level="lie",
    consequence=LOST,
    fix="Let a cursor say behind which element the next page begins.",
)
def test_walk_by_cursor_finds_each_once(scim: Session, count: int, type_name: str) -> None:
    """The pages up to the one without nextCursor hold each of five resources once, and none more than count."""
    five = cohort(scim, 5, type_name)
    seen: list[str] = []
    for answer in cursor_pages(scim, five, count=count):
        if len(answer["Resources"] or []) > count:
            raise Finding("a page is larger than count", f"at most {count}", str(len(answer["Resources"])))
        if "nextCursor" in answer.json and not (isinstance(answer["nextCursor"], str) and answer["nextCursor"]):
            raise Finding("nextCursor is no cursor", "a text, or no such key", repr(answer["nextCursor"]))
        seen += ids_in(answer["Resources"] or [])
    expect.equal(sorted(seen), sorted(five.ids), "the ids over all pages")


@requirement(
    "RFC9865-2-08",
    "RFC9865-2-10",
    level="lie",
    consequence=ENDLESS,
    fix="Send nextCursor with each page behind which there is more.",
)
def test_page_before_the_last_has_a_next_cursor(scim: Session) -> None:
    """As long as resources are missing, a page has nextCursor, and it leads to others."""
    need_cursors(scim)
    five = cohort(scim, 5)
    seen: list[str] = []
    cursor = ""
    while True:
        answer = page(scim, five, cursor=cursor, count=2)
        new = ids_in(answer["Resources"] or [])
        if set(new) & set(seen):
            raise Finding("a page repeats what another one had", "other resources", ", ".join(new))
        seen += new
        if len(seen) >= 5:
            return
        if not isinstance(answer["nextCursor"], str) or not answer["nextCursor"] or not new:
            raise Finding("the walk ends too early", "nextCursor", f"{len(seen)} of 5, {answer['nextCursor']!r}")
        cursor = answer["nextCursor"]


@pytest.mark.parametrize("written", ["cursor", "cursor="])
@requirement(
    "RFC9865-2-01",
    "RFC9865-2-12",
    level="refusal",
    consequence="The first request of a client that follows the RFC's examples fails.",
    fix="Take an empty cursor, with or without an equals sign, for the first page; it has no previousCursor.",
)
def test_empty_cursor_asks_for_the_first_page(scim: Session, written: str) -> None:
    """?cursor and ?cursor= give the first page, which has no previousCursor."""
    need_cursors(scim)
    two = cohort(scim, 2)
    first = page(scim, two, cursor="", count=1)
    answer = scim.search(two.filter, f"{two.endpoint}?{written}", count=1)
    expect.equal(ids_in(expect.listing(answer)), ids_in(first["Resources"]), "the page")
    if "previousCursor" in answer.json:
        raise Finding("the first page has a previousCursor", "no such key", repr(answer["previousCursor"]))
    expect.equal("nextCursor" in answer.json, True, "nextCursor is there")


@requirement(
    "RFC9865-2-02",
    level="cosmetic",
    consequence="A client that puts the cursor into a URL as it is asks for another page, or none.",
    fix="Encode cursors in base64url without padding, or in another unreserved alphabet.",
)
def test_cursors_can_stand_in_a_url(scim: Session) -> None:
    """Cursors consist of unreserved characters; others are a warning (notes A-30)."""
    for answer in cursor_pages(scim, cohort(scim, 5), count=1):
        for name in ("nextCursor", "previousCursor"):
            cursor = answer[name]
            if cursor is not None and not UNRESERVED.fullmatch(str(cursor)):
                scim.warn(f"{name} has reserved characters", UNRESERVED.pattern, repr(cursor)[:100])


@pytest.mark.parametrize("count", [0, -1])
@requirement(
    "RFC9865-2-03",
    "RFC9865-2-04",
    level="lie",
    consequence="Who asks for the number of people alone gets all of them.",
    fix="Take a negative count for 0; answer 0 with the total and no resources.",
)
def test_count_zero_by_cursor_counts_only(scim: Session, count: int) -> None:
    """count 0 gives no resources and the total; a negative one too, or 400 invalidCount (notes A-30)."""
    need_cursors(scim)
    two = cohort(scim, 2)
    answer = scim.search(two.filter, cursor="", count=count)
    if count < 0 and answer.status == 400:
        cursor_rejected(scim, answer, "invalidCount")
        return
    expect.status(answer, 200)
    expect.equal(answer["Resources"] or [], [], "Resources")
    if answer["totalResults"] is not None:
        expect.equal(answer["totalResults"], 2, "totalResults")


@requirement(
    "RFC9865-2-07",
    level="refusal",
    consequence="A client without a count of its own gets an error, or more than the server says.",
    fix="Use defaultPageSize where count is missing.",
)
def test_page_size_is_the_servers_without_count(scim: Session) -> None:
    """?cursor without count gives 200 and no more than the published page size."""
    pagination = need_cursors(scim)
    three = cohort(scim, 3)
    answer = page(scim, three, cursor="")
    largest = pagination.get("defaultPageSize") or pagination.get("maxPageSize")
    if isinstance(largest, int) and len(answer["Resources"] or []) > largest:
        raise Finding("the page is larger than published", f"at most {largest}", str(len(answer["Resources"])))
    if not set(ids_in(answer["Resources"] or [])) & set(three.ids):
        raise Finding("the first page is empty", "some of three users", "none")


@requirement(
    "RFC9865-2-11",
    level="lie",
    consequence="Whoever goes a page back sees other people.",
    fix="Leave previousCursor out, or let it lead to the page before.",
)
def test_previous_cursor_leads_back(scim: Session) -> None:
    """previousCursor may be missing; if it is there it gives the page before."""
    need_cursors(scim)
    five = cohort(scim, 5)
    first = page(scim, five, cursor="", count=2)
    second = page(scim, five, cursor=first["nextCursor"], count=2)
    if second["previousCursor"] is not None:
        back = page(scim, five, cursor=second["previousCursor"], count=2)
        expect.equal(ids_in(back["Resources"]), ids_in(first["Resources"]), "the page before")


@TYPES
@requirement(
    "RFC9865-2-16",
    "RFC9865-2-17",
    "RFC9865-2-18",
    level="lie",
    consequence="An importer that trusts totalResults stops too early.",
    fix="Count all that match, or leave totalResults out.",
)
def test_cursor_pages_are_list_responses(scim: Session, type_name: str) -> None:
    """Each page is a ListResponse; totalResults, if there, is the whole, and itemsPerPage what the page holds."""
    need_cursors(scim)
    five = cohort(scim, 5, type_name)
    cursor: str | None = ""
    while cursor is not None:
        answer = expect.status(scim.search(five.filter, five.endpoint, cursor=cursor, count=2), 200)
        expect.equal(answer["schemas"], [expect.LIST_URN], "schemas")
        expect.equal(isinstance(answer["Resources"], list), True, "Resources is a list")
        if "totalResults" in answer.json:
            expect.equal(answer["totalResults"], 5, "totalResults")
        if "itemsPerPage" in answer.json:
            holds_items_per_page(scim, answer, 2)
        cursor = answer["nextCursor"] if answer["Resources"] else None


@requirement(
    "RFC9865-2-09",
    level="lie",
    consequence=ENDLESS,
    fix="Leave nextCursor out of the last page; null and an empty text are values.",
)
def test_last_page_has_no_next_cursor(scim: Session) -> None:
    """When all fits on one page there is no nextCursor, not even null or an empty text."""
    need_cursors(scim)
    two = cohort(scim, 2)
    answer = page(scim, two, cursor="", count=2)
    if len(answer["Resources"]) < 2:
        raise NotOffered("pages of two")
    if "nextCursor" in answer.json and not answer["nextCursor"]:
        raise Finding("the last page has an empty nextCursor", "no such key", repr(answer["nextCursor"]))
    if "nextCursor" in answer.json:
        beyond = page(scim, two, cursor=answer["nextCursor"], count=2)
        raise Finding("there is a page behind the last", "no nextCursor", f"{len(beyond['Resources'] or [])} in it")


@requirement(
    "RFC9865-2-09",
    level="lie",
    consequence=LOST,
    fix="Let a cursor say behind which element the next page begins, not how many were seen.",
)
def test_walk_by_cursor_survives_a_deletion(scim: Session) -> None:
    """Whoever is deleted on the way, the others are all seen; that is what cursors are for, so else a warning."""
    need_cursors(scim)
    five = cohort(scim, 5)
    first = page(scim, five, cursor="", count=2)
    gone = first["Resources"][0]
    expect.status(scim.delete(scim.path_of(gone)), 200, 204)
    seen, cursor = ids_in(first["Resources"]), first["nextCursor"]
    while isinstance(cursor, str) and cursor:
        answer = page(scim, five, cursor=cursor, count=2)
        seen, cursor = seen + ids_in(answer["Resources"] or []), answer["nextCursor"]
    missing = sorted(set(five.ids) - set(seen))
    if missing:
        got = f"{len(missing)} were skipped"
        raise Finding("a deletion shifts the pages", "the four that are left", got, Verdict.WARN)
