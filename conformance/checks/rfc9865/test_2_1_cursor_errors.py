"""RFC 9865 sections 2.1 and 5.2: cursors and counts that a server rejects."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.cohorts import Cohort, cohort, cursor_rejected, ids_in, need_cursors, page

FORGED = (
    "A client with a forged cursor can read pages that it must not see, "
    "and a client with a damaged cursor continues at the wrong place."
)
SIGN = "Sign cursors, and reject a cursor with an invalid signature with 400 invalidCursor."


def cursor_of(scim: Session, of: Cohort) -> str:
    """A cursor that was used successfully; raises NotOffered for a server that returns none."""
    first = page(scim, of, cursor="", count=1)
    cursor = first["nextCursor"]
    if not isinstance(cursor, str) or not cursor:
        raise NotOffered("a second page by cursor")
    second = page(scim, of, cursor=cursor, count=1)
    if set(ids_in(second["Resources"])) & set(ids_in(first["Resources"])):
        raise Finding("the cursor returns the first page again", "the next page", "the first one")
    return cursor


@pytest.mark.parametrize(
    "parameters", [{"cursor": "~made-up~"}, {"cursor": "", "count": "abc"}], ids=["cursor", "count"]
)
@requirement(
    "RFC9865-2.1-01",
    level="refusal",
    consequence="A client cannot tell an expired cursor from a server failure, so it does not restart the import.",
    fix="Return 400 with a SCIM error.",
)
def test_invalid_paging_parameters_are_refused(scim: Session, parameters: dict[str, str]) -> None:
    """An invalid cursor and count=abc should be rejected with 400 and a SCIM error (warning)."""
    need_cursors(scim)
    two = cohort(scim, 2)
    cursor_of(scim, two)
    expect.scim_error(scim.search(two.filter, two.endpoint, **parameters), 400)


@pytest.mark.parametrize("kind", ["made-up", "changed", "cut", "longer"])
@requirement("RFC9865-2.1-02", level="lie", consequence=FORGED, fix=SIGN)
def test_invalid_cursor_is_called_so(scim: Session, kind: str) -> None:
    """An invalid or altered cursor must be rejected with a 4xx; an error other than 400 invalidCursor is a warning."""
    need_cursors(scim)
    three = cohort(scim, 3)
    real = cursor_of(scim, three)
    middle = len(real) // 2
    changed = real[:middle] + ("A" if real[middle] != "A" else "B") + real[middle + 1 :]
    forged = {"made-up": "scimulator", "changed": changed, "cut": real[: middle or 1], "longer": real + "AAAA"}[kind]
    if forged != real:
        cursor_rejected(scim, scim.search(three.filter, cursor=forged, count=1), "invalidCursor")


@pytest.mark.parametrize("kind", ["number", "base64", "json", "base64-json"])
@requirement("RFC9865-5.2-04", level="lie", consequence=FORGED, fix=SIGN)
def test_forged_cursor_is_refused(scim: Session, kind: str) -> None:
    """A guessed cursor must be rejected with a 4xx; an error other than 400 invalidCursor is a warning, as is a plain cursor."""
    need_cursors(scim)
    three = cohort(scim, 3)
    real = cursor_of(scim, three)
    if real.isdigit() or real in three.ids:
        scim.warn("the cursor is a plain number or an id, so clients can guess others", "an opaque string", real)
    position = json.dumps({"offset": 2, "cursor": real})
    forged = {
        "number": "2" if real != "2" else "1",
        "base64": base64.urlsafe_b64encode(real.encode()).decode().rstrip("="),
        "json": position,
        "base64-json": base64.urlsafe_b64encode(position.encode()).decode().rstrip("="),
    }[kind]
    cursor_rejected(scim, scim.search(three.filter, cursor=forged, count=1), "invalidCursor")


@requirement(
    "RFC9865-2.1-02", level="lie", consequence=FORGED, fix="Bind each cursor to the query that it was issued for."
)
def test_cursor_of_another_query_gives_nobody_else(scim: Session) -> None:
    """A cursor that is used with another filter must be rejected, or return only users that match this filter."""
    need_cursors(scim)
    three, other = cohort(scim, 3), cohort(scim, 2)
    answer = scim.search(other.filter, cursor=cursor_of(scim, three), count=1)
    if 400 <= answer.status < 500:
        cursor_rejected(scim, answer, "invalidCursor")
    elif not set(ids_in(expect.listing(answer))) <= set(other.ids):
        raise Finding(
            "a cursor from another query returns users that the filter excludes",
            "400 invalidCursor",
            "users that do not match",
        )


@pytest.mark.parametrize("change", ["other-count", "above-the-largest"])
@requirement(
    "RFC9865-2.1-04",
    level="refusal",
    consequence="A client that changes its page size gets a page that is too large, or cannot finish the import.",
    fix="Reject the count with 400 invalidCount, or apply it up to maxPageSize.",
)
def test_count_that_does_not_fit_is_refused_or_capped(scim: Session, change: str) -> None:
    """A changed count, or one above maxPageSize, must get 400 invalidCount or a page within the limit."""
    largest = need_cursors(scim).get("maxPageSize")
    three = cohort(scim, 3)
    if change == "other-count":
        cursor, count, most = cursor_of(scim, three), 2, 2
    elif isinstance(largest, int):
        cursor, count, most = "", largest + 1, largest
    else:
        raise NotOffered("pagination.maxPageSize")
    answer = scim.search(three.filter, cursor=cursor, count=count)
    if 400 <= answer.status < 500:
        cursor_rejected(scim, answer, "invalidCount")
    elif not 0 < len(expect.listing(answer)) <= most:
        raise Finding("the page is empty or larger than count", f"1 to {most}", str(len(answer["Resources"])))
