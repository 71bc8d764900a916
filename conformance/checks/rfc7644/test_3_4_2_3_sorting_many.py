"""RFC 7644 section 3.4.2.3: the order of more than a thousand users over all pages."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.crowds import PAGE, by_size, each_once, need_crowd, walk

pytestmark = pytest.mark.crowd


@requirement(
    "RFC7644-3.4.2.3-03",
    "RFC7644-3.4.2.3-07",
    level="lie",
    consequence="An import that pages through a sorted list misses users.",
    fix="Sort all matches first, and then select the page.",
)
def test_order_holds_over_all_pages_of_a_thousand_users(scim: Session) -> None:
    """With sortBy and sortOrder, the pages of more than a thousand users must be in order when taken together."""
    scim.target.need("sort")
    crowd = need_crowd(scim)

    def sort(few: bool) -> None:
        users, expression = crowd.first(10) if few else (crowd.users, crowd.filter)
        order = {"sortBy": "userName", "sortOrder": "descending"}
        shown, totals = walk(scim, scim.users, expression, len(users), count=3 if few else PAGE, **order)
        each_once(shown, users, totals)
        place = next((n for n, id_ in enumerate(reversed(users)) if shown[n] != id_), None)
        if place is not None:
            got = f"another user at position {place + 1}"
            raise Finding("the users are not in order over all pages", "descending by userName", got)

    by_size(scim, sort, False, True)
