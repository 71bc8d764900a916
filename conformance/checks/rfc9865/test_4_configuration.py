"""RFC 9865 section 4: pagination in ServiceProviderConfig."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import cohort, cursor_rejected, need_cursors, page

NUMBERS = ("defaultPageSize", "maxPageSize", "cursorTimeout")


def published(scim: Session) -> dict[str, Any]:
    """`pagination` as a fresh GET shows it; raises NotOffered where it is missing."""
    held = expect.status(scim.get("/ServiceProviderConfig"), 200)["pagination"]
    if held is None:
        raise NotOffered("pagination in ServiceProviderConfig")
    if not isinstance(held, dict):
        raise Finding("pagination is no object", "an object", repr(held))
    return held


@pytest.mark.parametrize("name", ["cursor", "index"])
@requirement(
    "RFC9865-4-03",
    "RFC9865-4-04",
    level="lie",
    consequence="A client chooses the method that the server does not have.",
    fix="Publish both as true or false.",
)
def test_pagination_says_which_methods_there_are(scim: Session, name: str) -> None:
    """pagination.cursor and pagination.index are booleans, and true where the method works."""
    says = published(scim).get(name)
    if not isinstance(says, bool):
        raise Finding(f"pagination.{name} is no boolean", "true or false", repr(says))
    if says is False:
        return
    two = cohort(scim, 2)
    answer = page(scim, two, count=1, **({"cursor": ""} if name == "cursor" else {"startIndex": 1}))
    sign = {"cursor": "nextCursor", "index": "startIndex"}[name]
    expect.equal(sign in answer.json, True, f"{sign} is there")


@requirement(
    "RFC9865-4-05",
    level="cosmetic",
    consequence="A client cannot tell which method a plain request gets.",
    fix="Publish cursor or index, and one that is supported.",
)
def test_default_method_is_one_of_the_supported(scim: Session) -> None:
    """pagination.defaultPaginationMethod, if there, is cursor or index, and supported."""
    pagination = published(scim)
    says = pagination.get("defaultPaginationMethod")
    if says is not None and (says not in ("cursor", "index") or pagination.get(says) is not True):
        raise Finding("defaultPaginationMethod is no supported method", "cursor or index", repr(says))


@pytest.mark.parametrize("name", NUMBERS)
@requirement(
    "RFC9865-4-06",
    "RFC9865-4-07",
    "RFC9865-4-08",
    level="cosmetic",
    consequence="A client sizes its pages, and its pauses, by figures that mean nothing.",
    fix="Publish positive integers.",
)
def test_pagination_limits_are_positive_integers(scim: Session, name: str) -> None:
    """defaultPageSize, maxPageSize and cursorTimeout, if there, are integers from 1."""
    value = published(scim).get(name)
    if value is not None and (type(value) is not int or value < 1):
        raise Finding(f"pagination.{name} is no positive integer", "an integer from 1", repr(value))


@pytest.mark.alone
@requirement(
    "RFC9865-4-06",
    "RFC9865-4-07",
    level="lie",
    consequence="Pages are larger than a client has room for.",
    fix="Keep to what is published.",
)
def test_published_page_sizes_are_kept(scim: Session) -> None:
    """A list without count keeps to defaultPageSize, one with a larger count to maxPageSize."""
    pagination = published(scim)
    for _ in range(3):
        scim.new_user()
    default, largest = pagination.get("defaultPageSize"), pagination.get("maxPageSize")
    sizes: list[tuple[int, dict[str, int]]] = [(default, {})] if isinstance(default, int) else []
    sizes += [(largest, {"count": largest + 1})] if isinstance(largest, int) else []
    for limit, parameters in sizes:
        answer = scim.get(scim.users, **parameters)
        if 400 <= answer.status < 500:
            cursor_rejected(scim, answer, "invalidCount")
        elif len(expect.listing(answer)) > limit:
            raise Finding("the page is larger than published", f"at most {limit}", str(len(answer["Resources"])))


@requirement(
    "RFC9865-4-01",
    "RFC9865-4-02",
    level="cosmetic",
    consequence="A client does not learn that there are cursors.",
    fix="Publish pagination where cursors are implemented.",
)
def test_cursors_are_published(scim: Session) -> None:
    """Where a list answers with nextCursor, ServiceProviderConfig has pagination with cursor true."""
    two = cohort(scim, 2)
    answer = scim.search(two.filter, cursor="", count=1)
    if answer.status == 200 and isinstance(answer["nextCursor"], str):
        pagination = scim.get("/ServiceProviderConfig")["pagination"]
        held = pagination.get("cursor") if isinstance(pagination, dict) else None
        expect.equal(held, True, "pagination.cursor of a server with cursors")


@requirement(
    "RFC9865-4-08",
    level="lie",
    consequence="A walk breaks off in the middle, though nobody waited.",
    fix="Keep a cursor valid for cursorTimeout at least.",
)
def test_cursor_is_valid_at_once_and_again(scim: Session) -> None:
    """A cursor used at once gives its page, and the same page when it is used again."""
    need_cursors(scim)
    three = cohort(scim, 3)
    first = page(scim, three, cursor="", count=1)
    if not isinstance(first["nextCursor"], str):
        raise Finding("the first page of three has no nextCursor", "a cursor", repr(first["nextCursor"]))
    second, again = (page(scim, three, cursor=first["nextCursor"], count=1) for _ in range(2))
    expect.equal([r["id"] for r in again["Resources"]], [r["id"] for r in second["Resources"]], "the page")
