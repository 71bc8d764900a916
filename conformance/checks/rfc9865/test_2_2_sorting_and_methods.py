"""RFC 9865 sections 2.2 to 2.4 and 3: sorted cursor pages, which method a request gets, and cursors in .search."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.target.discovery import USER_URN
from conformance.topics.cohorts import cohort, cursor_pages, ids_in, need_cursors, page, search


@pytest.mark.parametrize("order", ["ascending", "descending"])
@requirement(
    "RFC9865-2.2-01",
    level="lie",
    consequence="A walk that should be in order is in order on each page only.",
    fix="Sort before the page is cut out, and let the cursor hold the place in that order.",
)
def test_cursor_pages_are_sorted(scim: Session, order: str) -> None:
    """With sortBy the pages together are in order."""
    need_cursors(scim)
    scim.target.need("sort")
    scim.target.need_attribute(USER_URN, "title")
    letters = "dbace"
    five = cohort(scim, 5, each=lambda n: {"title": f"{letters[n]} chief"})
    seen = [
        id_
        for answer in cursor_pages(scim, five, count=2, sortBy="title", sortOrder=order)
        for id_ in ids_in(answer["Resources"])
    ]
    expected = [id_ for _, id_ in sorted(zip(letters, five.ids, strict=True), reverse=order == "descending")]
    expect.equal(seen, expected, "the order over all pages")


@requirement(
    "RFC9865-2.3-01",
    "RFC9865-2.4-01",
    level="lie",
    consequence="A client that knows one method only is given the other one, now and then.",
    fix="Use the published default whenever a request names neither cursor nor startIndex.",
)
def test_default_method_is_steady(scim: Session) -> None:
    """Without cursor and startIndex each request gets the same method, the published one if it is published."""
    pagination = need_cursors(scim)
    two = cohort(scim, 2)
    methods = [method(expect.status(scim.search(two.filter, count=1), 200)) for _ in range(2)]
    expect.equal(methods[1], methods[0], "the method of the second request")
    if pagination.get("defaultPaginationMethod") in ("cursor", "index"):
        expect.equal(methods[0], pagination["defaultPaginationMethod"], "the method")


@requirement(
    "RFC9865-2.4-02",
    level="lie",
    consequence="A client that pages by one method is answered by the other, and sees the first page for ever.",
    fix="Let startIndex choose index pages, and cursor cursor pages.",
)
def test_parameter_chooses_the_method(scim: Session) -> None:
    """startIndex=2 is answered by index, cursor by cursor."""
    pagination = need_cursors(scim)
    if pagination.get("index") is not True:
        raise NotOffered("pagination.index")
    three = cohort(scim, 3)
    expect.equal(page(scim, three, startIndex=2, count=1)["startIndex"], 2, "startIndex")
    by_cursor = page(scim, three, cursor="", count=1)
    expect.equal(bool(by_cursor["nextCursor"]), True, "nextCursor is there")


@requirement(
    "RFC9865-3-01",
    level="lie",
    consequence="A client that searches by POST, to keep names out of URLs, cannot read beyond page one.",
    fix="Read cursor and count from the body of .search.",
)
def test_search_by_post_takes_cursors(scim: Session) -> None:
    """POST .search with cursor and count in its body gives the walk of GET."""
    need_cursors(scim)
    three = cohort(scim, 3)
    seen: list[str] = []
    cursor = ""
    for expected in cursor_pages(scim, three, count=1):
        answer = search(scim, three.endpoint, filter=three.filter, cursor=cursor, count=1)
        expect.equal(ids_in(expect.listing(answer)), ids_in(expected["Resources"]), "the page")
        expect.equal("nextCursor" in answer.json, "nextCursor" in expected.json, "whether there is a nextCursor")
        seen, cursor = seen + ids_in(answer["Resources"]), str(answer["nextCursor"])
    if not seen:
        raise Finding("the search finds nobody", "three users", "none")


def method(answer: Answer) -> str:
    """cursor or index; raises Finding for a page of one out of two that shows neither."""
    if answer["nextCursor"] is not None:
        return "cursor"
    if answer["startIndex"] is not None:
        return "index"
    raise Finding("a page leads nowhere", "nextCursor or startIndex", ", ".join(sorted(answer.json)))
