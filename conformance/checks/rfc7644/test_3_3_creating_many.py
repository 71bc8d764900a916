"""RFC 7644 section 3.3: creating as many users as a company has."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check_api import expect
from conformance.check_api.crowd import USERS
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Verdict
from conformance.topics.crowds import by_size, has_members, members_of, need_crowd

pytestmark = pytest.mark.crowd


@requirement(
    "RFC7644-3.3-01",
    consequence="The initial cycle stops in the middle, and some users get no account.",
    fix=(
        "Find out why the create failed: a quota, a rate limit, or a query that gets slower with the number of users."
    ),
)
def test_a_thousand_users_can_be_created(scim: Session) -> None:
    """POST must create more than a thousand users; a rejection such as a quota is a warning."""
    if scim.crowd.refused:
        verdict = Verdict.WARN if scim.crowd.refused < 500 else None
        raise Finding("the server does not create this many users", f"{USERS:,} users", scim.crowd.absent, verdict)
    need_crowd(scim)


@requirement(
    "RFC7643-4.2-05",
    "RFC7644-3.3-01",
    level="lie",
    consequence="The provider believes that everyone is in the group, but some users have no access.",
    fix="Store every member of a POST, or reject the request.",
)
def test_group_is_created_with_a_thousand_members(scim: Session) -> None:
    """POST of a group with more than a thousand members must store all of them; a rejection is a warning."""
    crowd = need_crowd(scim)

    def create(ids: Sequence[str]) -> None:
        answer = scim.post(scim.groups, scim.group_body(members=members_of(ids)))
        if 400 <= answer.status < 500:
            told = f"{answer.status} {answer['detail'] or ''}".strip()
            scim.warn(f"a group with {len(ids):,} members is rejected, although the RFC sets no limit", "201", told)
            return
        has_members(scim.read(expect.created(answer)), ids, "GET after the create")

    by_size(scim, create, crowd.users, crowd.users[:3])
