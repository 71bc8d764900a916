"""RFC 7644 section 3.4.2.2: a filter looks at every resource, however many there are."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.target.discovery import USER_URN
from conformance.topics.crowds import need_crowd, need_many_groups

pytestmark = pytest.mark.crowd
DOUBLED = "The provider does not find the account, creates it a second time, and gets a conflict in every cycle."
FIX = "Filter in the query of the store, not in a page that was read before."


@pytest.mark.parametrize("attribute", ["userName", "externalId", "id"])
@requirement("RFC7644-3.4.2.2-09", "RFC7644-3.4.2.2-03", level="lie", consequence=DOUBLED, fix=FIX)
def test_each_of_a_thousand_users_is_found(scim: Session, attribute: str) -> None:
    """A filter with eq must find the first, the 101st, the 1,001st, and the last of more than a thousand users."""
    crowd = need_crowd(scim)
    for number in (0, 100, 1_000, len(crowd.users) - 1):
        user = scim.read({"id": crowd.users[number], "schemas": [USER_URN]})
        if not user.get(attribute):
            continue
        answer = scim.search(f'{attribute} eq "{user[attribute]}"')
        expect.chosen(scim, answer, user, optional=attribute != "userName")


@requirement("RFC7644-3.4.2.2-09", "RFC7644-3.4.2.2-03", level="lie", consequence=DOUBLED, fix=FIX)
def test_each_of_a_hundred_groups_is_found(scim: Session) -> None:
    """A filter on displayName must find the first and the last of more than a hundred groups, as providers look them up."""
    crowd, group = need_many_groups(scim)
    schemas = group["schemas"]
    for id_ in (crowd.groups[0], crowd.groups[-1]):
        found = scim.read({"id": id_, "schemas": schemas})
        answer = scim.search(f'displayName eq "{found["displayName"]}"', scim.groups, excludedAttributes="members")
        expect.found(answer, found)
