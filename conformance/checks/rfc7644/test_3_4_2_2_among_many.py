"""RFC 7644 section 3.4.2.2: a filter covers every resource, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.crowds import by_size, need_crowd, need_many_groups

pytestmark = pytest.mark.crowd
DOUBLED = "The provider does not find the account, creates it again, and gets a conflict in every cycle."
FIX = "Apply the filter in the database query, not to a page that was read before."


@pytest.mark.parametrize("attribute", ["userName", "externalId", "id"])
@requirement("RFC7644-3.4.2.2-09", "RFC7644-3.4.2.2-03", level="lie", consequence=DOUBLED, fix=FIX)
def test_each_of_a_thousand_users_is_found(scim: Session, attribute: str) -> None:
    """A filter with eq must find the 101st, the 1,001st, and the last of more than a thousand users."""
    crowd = need_crowd(scim)

    def find(places: Sequence[int]) -> None:
        for id_ in (crowd.users[place] for place in places):
            user = scim.read({"id": id_, "schemas": [USER_URN]})
            if not user.get(attribute):
                raise NotOffered(attribute)
            expect.chosen(
                scim, scim.search(f'{attribute} eq "{user[attribute]}"'), user, optional=attribute != "userName"
            )

    by_size(scim, find, (100, 1_000, -1), (0,))


@requirement("RFC7644-3.4.2.2-09", "RFC7644-3.4.2.2-03", level="lie", consequence=DOUBLED, fix=FIX)
def test_each_of_a_hundred_groups_is_found(scim: Session) -> None:
    """A filter on displayName must find the 51st and the last of more than a hundred groups."""
    crowd, group = need_many_groups(scim)

    def find(places: Sequence[int]) -> None:
        for id_ in (crowd.groups[place] for place in places):
            found = scim.read({"id": id_, "schemas": group["schemas"]})
            expression = f'displayName eq "{found["displayName"]}"'
            expect.chosen(scim, scim.search(expression, scim.groups, excludedAttributes="members"), found)

    by_size(scim, find, (50, -1), (0,))
