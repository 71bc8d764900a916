"""RFC 9865 sections 2.2 to 2.4 and 3: sorted cursor pages, the choice of the pagination method, cursors in .search."""

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
    consequence="Resources are sorted within each page only, not across pages.",
    fix="Sort before you select the page, and encode the position in that order in the cursor.",
)
def test_cursor_pages_are_sorted(scim: Session, order: str) -> None:
    """With sortBy, cursor pages must be sorted across all pages."""
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
    expect.equal(seen, expected, "order of the resources across all pages")


@requirement(
    "RFC9865-2.3-01",
    "RFC9865-2.4-01",
    level="lie",
    consequence="A client that supports only one pagination method sometimes gets the other.",
    fix="Use the published default method whenever a request has neither cursor nor startIndex.",
)
def test_default_method_is_steady(scim: Session) -> None:
    """Requests without cursor and startIndex must always get the same pagination method: the published default, if any."""
    pagination = need_cursors(scim)
    two = cohort(scim, 2)
    methods = [method(expect.status(scim.search(two.filter, count=1), 200)) for _ in range(2)]
    expect.equal(methods[1], methods[0], "pagination method of the second request")
    if pagination.get("defaultPaginationMethod") in ("cursor", "index"):
        expect.equal(methods[0], pagination["defaultPaginationMethod"], "default pagination method")


@requirement(
    "RFC9865-2.4-02",
    level="lie",
    consequence="A client that pages by one method gets responses of the other, and reads the first page again and again.",
    fix="Use index-based pages for requests with startIndex, and cursor-based pages for requests with cursor.",
)
def test_parameter_chooses_the_method(scim: Session) -> None:
    """startIndex must select index-based pagination, and cursor must select cursor-based pagination."""
    pagination = need_cursors(scim)
    if pagination.get("index") is not True:
        raise NotOffered("pagination.index")
    three = cohort(scim, 3)
    expect.equal(page(scim, three, startIndex=2, count=1)["startIndex"], 2, "startIndex")
    by_cursor = page(scim, three, cursor="", count=1)
    expect.present(bool(by_cursor["nextCursor"]), "nextCursor")


@requirement(
    "RFC9865-3-01",
    level="lie",
    consequence="A client that searches by POST to keep names out of URLs cannot read past the first page.",
    fix="Read cursor and count from the body of a .search request.",
)
def test_search_by_post_takes_cursors(scim: Session) -> None:
    """POST .search with cursor and count in its body must return the same pages as GET."""
    need_cursors(scim)
    three = cohort(scim, 3)
    seen: list[str] = []
    cursor = ""
    for expected in cursor_pages(scim, three, count=1):
        answer = search(scim, three.endpoint, filter=three.filter, cursor=cursor, count=1)
        expect.equal(ids_in(expect.listing(answer)), ids_in(expected["Resources"]), "ids in the page of POST .search")
        expect.equal("nextCursor" in answer.json, "nextCursor" in expected.json, "presence of nextCursor")
        seen, cursor = seen + ids_in(answer["Resources"]), str(answer["nextCursor"])
    if not seen:
        raise Finding("POST .search does not find the users", "three users", "none")


def method(answer: Answer) -> str:
    """The pagination method of an incomplete page, `cursor` or `index`; raises Finding if the page shows neither."""
    if answer["nextCursor"] is not None:
        return "cursor"
    if answer["startIndex"] is not None:
        return "index"
    raise Finding(
        "an incomplete page has neither nextCursor nor startIndex",
        "nextCursor or startIndex",
        ", ".join(sorted(answer.json)),
    )
