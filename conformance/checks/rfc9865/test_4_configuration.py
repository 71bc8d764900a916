"""RFC 9865 section 4: pagination in ServiceProviderConfig."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import cohort, cursor_rejected, need_cursors, page

NUMBERS = ("defaultPageSize", "maxPageSize", "cursorTimeout")


def published(scim: Session) -> dict[str, Any]:
    """`pagination` of ServiceProviderConfig, read again; raises NotOffered if it is missing."""
    held = expect.status(scim.get("/ServiceProviderConfig"), 200)["pagination"]
    if held is None:
        raise NotOffered("pagination in ServiceProviderConfig")
    if not isinstance(held, dict):
        raise Finding("pagination is not an object", "an object", json_of(held))
    return held


@pytest.mark.parametrize("name", ["cursor", "index"])
@requirement(
    "RFC9865-4-03",
    "RFC9865-4-04",
    level="lie",
    consequence="A client chooses a pagination method that the server does not support.",
    fix="Publish both pagination.cursor and pagination.index as true or false.",
)
def test_pagination_says_which_methods_there_are(scim: Session, name: str) -> None:
    """pagination.cursor and pagination.index must be booleans, and a method that is published as true must work."""
    says = published(scim).get(name)
    if not isinstance(says, bool):
        raise Finding(f"pagination.{name} is not a boolean", "true or false", json_of(says))
    if says is False:
        return
    two = cohort(scim, 2)
    answer = page(scim, two, count=1, **({"cursor": ""} if name == "cursor" else {"startIndex": 1}))
    sign = {"cursor": "nextCursor", "index": "startIndex"}[name]
    expect.present(sign in answer.json, sign)


@requirement(
    "RFC9865-4-05",
    level="cosmetic",
    consequence="A client cannot tell which pagination method applies to a request without cursor and startIndex.",
    fix="Set defaultPaginationMethod to a supported method, cursor or index.",
)
def test_default_method_is_one_of_the_supported(scim: Session) -> None:
    """pagination.defaultPaginationMethod, if present, should be a supported method, cursor or index (warning)."""
    pagination = published(scim)
    says = pagination.get("defaultPaginationMethod")
    if says is not None and (says not in ("cursor", "index") or pagination.get(says) is not True):
        raise Finding("defaultPaginationMethod is not a supported method", "cursor or index", json_of(says))


@pytest.mark.parametrize("name", NUMBERS)
@requirement(
    "RFC9865-4-06",
    "RFC9865-4-07",
    "RFC9865-4-08",
    level="cosmetic",
    consequence="A client chooses its page sizes and timeouts by invalid numbers.",
    fix="Publish positive integers.",
)
def test_pagination_limits_are_positive_integers(scim: Session, name: str) -> None:
    """defaultPageSize, maxPageSize, and cursorTimeout, if present, should be positive integers (warning)."""
    value = published(scim).get(name)
    if value is not None and (type(value) is not int or value < 1):
        raise Finding(f"pagination.{name} is not a positive integer", "an integer of at least 1", json_of(value))


@pytest.mark.alone
@requirement(
    "RFC9865-4-06",
    "RFC9865-4-07",
    level="lie",
    consequence="Pages are larger than the client expects, and it may run out of memory.",
    fix="Apply the published page sizes, or publish the ones that apply.",
)
def test_published_page_sizes_are_kept(scim: Session) -> None:
    """A page should not exceed defaultPageSize without count, or maxPageSize with a larger count (warning)."""
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
            raise Finding(
                "the page is larger than the published page size", f"at most {limit}", str(len(answer["Resources"]))
            )


@requirement(
    "RFC9865-4-01",
    "RFC9865-4-02",
    level="cosmetic",
    consequence="A client does not learn that the server supports cursors.",
    fix="Publish pagination with cursor true in ServiceProviderConfig.",
)
def test_cursors_are_published(scim: Session) -> None:
    """A server that returns nextCursor should publish pagination.cursor true in ServiceProviderConfig (warning)."""
    two = cohort(scim, 2)
    answer = scim.search(two.filter, cursor="", count=1)
    if answer.status == 200 and isinstance(answer["nextCursor"], str):
        pagination = scim.get("/ServiceProviderConfig")["pagination"]
        held = pagination.get("cursor") if isinstance(pagination, dict) else None
        expect.equal(held, True, "pagination.cursor of a server that returns cursors")


@requirement(
    "RFC9865-4-08",
    level="lie",
    consequence="An import breaks off in the middle although the client did not wait.",
    fix="Keep a cursor valid for at least cursorTimeout seconds.",
)
def test_cursor_is_valid_at_once_and_again(scim: Session) -> None:
    """A cursor should return the same page each time it is used within cursorTimeout (warning)."""
    need_cursors(scim)
    three = cohort(scim, 3)
    first = page(scim, three, cursor="", count=1)
    if not isinstance(first["nextCursor"], str):
        raise Finding("the first page of three users has no nextCursor", "a cursor", json_of(first["nextCursor"]))
    second, again = (page(scim, three, cursor=first["nextCursor"], count=1) for _ in range(2))
    expect.equal(
        [r["id"] for r in again["Resources"]],
        [r["id"] for r in second["Resources"]],
        "ids in the page of a cursor used again",
    )
