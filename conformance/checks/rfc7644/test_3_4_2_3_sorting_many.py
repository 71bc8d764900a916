"""RFC 7644 section 3.4.2.3: the order of more than a thousand users over all pages."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.crowds import PAGE, each_once, need_crowd, walk

pytestmark = pytest.mark.crowd


@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.3-07",
    level="lie",
    consequence="An import that pages through a sorted list misses people.",
    fix="Sort all matches first, and take the page from the sorted list.",
)
def test_order_holds_over_all_pages_of_a_thousand_users(scim: Session) -> None:
    """With sortBy and sortOrder, the pages of more than a thousand users together must be in order."""
    scim.target.need("sort")
    crowd = need_crowd(scim)
    shown, totals = walk(scim, scim.users, crowd.filter, count=PAGE, sortBy="userName", sortOrder="descending")
    each_once(shown, crowd.users, totals)
    place = next((n for n, id_ in enumerate(reversed(crowd.users)) if shown[n] != id_), None)
    if place is not None:
        raise Finding(
            "the users are not in order over all pages", "descending by userName", f"another user at place {place + 1}"
        )
