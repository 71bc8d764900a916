"""RFC 9865 section 2: cursor-based pagination."""

from __future__ import annotations

import re

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.topics.cohorts import (
    MOST_PAGES,
    cohort,
    cursor_pages,
    cursor_rejected,
    endless,
    holds_items_per_page,
    ids_in,
    need_cursors,
    page,
)
from simulator.wording import counted

TYPES = pytest.mark.parametrize("type_name", ["User", "Group"])
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
LOST = "An import misses users between two pages and treats them as deleted."
ENDLESS = "An import stops too early, or never ends."


@TYPES
@pytest.mark.parametrize("count", [1, 2, 5, 7])
@requirement(
    "RFC9865-2-09",
    "RFC9865-2-05",
    "RFC9865-2-06",
    level="lie",
    consequence=LOST,
    fix="Encode in the cursor the element after which the next page begins.",
)
def test_walk_by_cursor_finds_each_once(scim: Session, count: int, type_name: str) -> None:
    """Cursor pages must contain each resource exactly once, and no page may hold more than count resources."""
    five = cohort(scim, 5, type_name)
    seen: list[str] = []
    for answer in cursor_pages(scim, five, count=count):
        if len(answer["Resources"] or []) > count:
            raise Finding("a page is larger than count", f"at most {count}", str(len(answer["Resources"])))
        if "nextCursor" in answer.json and not (isinstance(answer["nextCursor"], str) and answer["nextCursor"]):
            raise Finding(
                "nextCursor is not a non-empty string", "a string, or no nextCursor", json_of(answer["nextCursor"])
            )
        seen += ids_in(answer["Resources"] or [])
    expect.equal(sorted(seen), sorted(five.ids), "ids across all pages")


@requirement(
    "RFC9865-2-08",
    "RFC9865-2-10",
    level="lie",
    consequence=ENDLESS,
    fix="Return nextCursor with every page except the last.",
)
def test_page_before_the_last_has_a_next_cursor(scim: Session) -> None:
    """Every page before the last must have a nextCursor that returns further resources."""
    need_cursors(scim)
    five = cohort(scim, 5)
    seen: list[str] = []
    cursor = ""
    while True:
        answer = page(scim, five, cursor=cursor, count=2)
        new = ids_in(answer["Resources"] or [])
        if set(new) & set(seen):
            raise Finding("a page repeats resources of an earlier page", "other resources", ", ".join(new))
        seen += new
        if len(seen) >= 5:
            return
        if not isinstance(answer["nextCursor"], str) or not answer["nextCursor"] or not new:
            raise Finding(
                "the pages end before all resources were returned",
                "nextCursor",
                f"{len(seen)} of 5, nextCursor {json_of(answer['nextCursor'])}",
            )
        cursor = answer["nextCursor"]


@pytest.mark.parametrize("written", ["cursor", "cursor="])
@requirement(
    "RFC9865-2-01",
    "RFC9865-2-12",
    level="refusal",
    consequence="The first request of a client that follows the RFC's examples fails.",
    fix="Treat an empty cursor, with or without an equals sign, as a request for the first page, and omit previousCursor there.",
)
def test_empty_cursor_asks_for_the_first_page(scim: Session, written: str) -> None:
    """`?cursor` and `?cursor=` must return the first page, without previousCursor."""
    need_cursors(scim)
    two = cohort(scim, 2)
    first = page(scim, two, cursor="", count=1)
    answer = scim.search(two.filter, f"{two.endpoint}?{written}", count=1)
    expect.equal(ids_in(expect.listing(answer)), ids_in(first["Resources"]), "ids in the first page")
    if "previousCursor" in answer.json:
        raise Finding("the first page has a previousCursor", "no previousCursor", json_of(answer["previousCursor"]))
    expect.present("nextCursor" in answer.json, "nextCursor")


@requirement(
    "RFC9865-2-02",
    level="cosmetic",
    consequence="A client that does not percent-encode the cursor requests another page, or none.",
    fix="Encode cursors in base64url without padding, or in another unreserved alphabet.",
)
def test_cursors_can_stand_in_a_url(scim: Session) -> None:
    """Cursors should consist of characters that need no encoding in a URL (RFC 3986 section 2.3) (warning)."""
    for answer in cursor_pages(scim, cohort(scim, 5), count=1):
        for name in ("nextCursor", "previousCursor"):
            cursor = answer[name]
            if cursor is not None and not UNRESERVED.fullmatch(str(cursor)):
                scim.warn(
                    f"{name} has characters that must be encoded in a URL", UNRESERVED.pattern, json_of(cursor)[:100]
                )


@pytest.mark.parametrize("count", [0, -1])
@requirement(
    "RFC9865-2-03",
    "RFC9865-2-04",
    level="lie",
    consequence="A client that asks only for the number of users gets all users.",
    fix="Treat a negative count as 0, and return totalResults and no resources for count=0.",
)
def test_count_zero_by_cursor_counts_only(scim: Session, count: int) -> None:
    """count=0 must return no resources and a correct totalResults, if any; a negative count may also get 400 invalidCount."""
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
    consequence="A client that does not send count gets an error, or a page larger than the server announces.",
    fix="Use defaultPageSize when a request has no count.",
)
def test_page_size_is_the_servers_without_count(scim: Session) -> None:
    """A request with cursor but without count must return a page no larger than the published page size."""
    pagination = need_cursors(scim)
    three = cohort(scim, 3)
    answer = page(scim, three, cursor="")
    largest = pagination.get("defaultPageSize") or pagination.get("maxPageSize")
    if isinstance(largest, int) and len(answer["Resources"] or []) > largest:
        raise Finding(
            "the page is larger than the published page size", f"at most {largest}", str(len(answer["Resources"]))
        )
    if not set(ids_in(answer["Resources"] or [])) & set(three.ids):
        raise Finding("the first page is empty", "at least one of three users", "none")


@requirement(
    "RFC9865-2-11",
    level="lie",
    consequence="A client that goes back a page sees the wrong users.",
    fix="Return a previousCursor that leads to the previous page, or omit it.",
)
def test_previous_cursor_leads_back(scim: Session) -> None:
    """previousCursor, if present, should return the previous page (warning)."""
    need_cursors(scim)
    five = cohort(scim, 5)
    first = page(scim, five, cursor="", count=2)
    second = page(scim, five, cursor=first["nextCursor"], count=2)
    if second["previousCursor"] is not None:
        back = page(scim, five, cursor=second["previousCursor"], count=2)
        expect.equal(ids_in(back["Resources"]), ids_in(first["Resources"]), "ids in the previous page")


@TYPES
@requirement(
    "RFC9865-2-16",
    "RFC9865-2-17",
    "RFC9865-2-18",
    level="lie",
    consequence="An import that relies on totalResults stops too early.",
    fix="Set totalResults to the number of all matching resources, or omit it.",
)
def test_cursor_pages_are_list_responses(scim: Session, type_name: str) -> None:
    """Each cursor page must be a ListResponse; totalResults and itemsPerPage must be correct if they are present."""
    need_cursors(scim)
    five = cohort(scim, 5, type_name)
    cursor: str | None = ""
    for _ in range(MOST_PAGES):
        answer = expect.status(scim.search(five.filter, five.endpoint, cursor=cursor, count=2), 200)
        expect.equal(answer["schemas"], [expect.LIST_URN], "schemas")
        if not isinstance(answer["Resources"], list):
            raise Finding("Resources is missing or is not a list", "a list", json_of(answer["Resources"])[:160])
        if "totalResults" in answer.json:
            expect.equal(answer["totalResults"], 5, "totalResults")
        if "itemsPerPage" in answer.json:
            holds_items_per_page(scim, answer, 2)
        cursor = answer["nextCursor"] if answer["Resources"] else None
        if cursor is None:
            return
    raise endless()


@requirement(
    "RFC9865-2-09",
    level="lie",
    consequence=ENDLESS,
    fix="Omit nextCursor from the last page; do not set it to null or an empty string.",
)
def test_last_page_has_no_next_cursor(scim: Session) -> None:
    """A page that holds all resources must not have nextCursor, not even null or an empty string."""
    need_cursors(scim)
    two = cohort(scim, 2)
    answer = page(scim, two, cursor="", count=2)
    if len(answer["Resources"]) < 2:
        raise NotOffered("pages of two")
    if "nextCursor" in answer.json and not answer["nextCursor"]:
        raise Finding("the last page has an empty nextCursor", "no nextCursor", json_of(answer["nextCursor"]))
    if "nextCursor" in answer.json:
        beyond = page(scim, two, cursor=answer["nextCursor"], count=2)
        raise Finding(
            "the last page has a nextCursor",
            "no nextCursor",
            f"a further page with {counted(len(beyond['Resources'] or []), 'resource')}",
        )


@requirement(
    "RFC9865-2-09",
    level="lie",
    consequence=LOST,
    fix="Encode in the cursor the element after which the next page begins, not the number of elements returned so far.",
)
def test_walk_by_cursor_survives_a_deletion(scim: Session) -> None:
    """Deleting a user between two cursor pages should not make the next page skip other users (warning)."""
    need_cursors(scim)
    five = cohort(scim, 5)
    first = page(scim, five, cursor="", count=2)
    gone = first["Resources"][0]
    expect.status(scim.delete(scim.path_of(gone)), 200, 204)
    seen, cursor = ids_in(first["Resources"]), first["nextCursor"]
    for _ in range(MOST_PAGES):
        if not isinstance(cursor, str) or not cursor:
            break
        answer = page(scim, five, cursor=cursor, count=2)
        seen, cursor = seen + ids_in(answer["Resources"] or []), answer["nextCursor"]
    else:
        raise endless()
    missing = sorted(set(five.ids) - set(seen))
    if missing:
        got = counted(len(missing), "user was skipped", "users were skipped")
        raise Finding(
            "a deletion between two pages makes the server skip users", "all four remaining users", got, Verdict.WARN
        )
