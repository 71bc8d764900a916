"""RFC 7644 section 3.5.1: PUT of a group with more than a thousand members."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.crowds import (
    accepted_or_rejected,
    by_size,
    has_members,
    members_of,
    need_large_group,
    new_large_group,
)

pytestmark = pytest.mark.crowd
SENDERS = "providers that do not use PATCH send the whole group (https://github.com/goauthentik/authentik/issues/20410)"


@requirement(
    "RFC7644-3.5.1-18",
    "RFC7644-3.5.1-04",
    level="lie",
    consequence=(
        "A provider that sends whole groups removes members that it has just sent, or keeps a leaver in the group."
    ),
    fix="Store exactly the members that PUT sends, or reject the request.",
)
def test_put_replaces_the_members_of_a_large_group(scim: Session) -> None:
    """PUT of a group without one of more than a thousand members must remove only this one; a rejection is a warning."""
    crowd, _ = need_large_group(scim)

    def put(ids: Sequence[str]) -> None:
        group = new_large_group(scim, ids)
        left = [id_ for id_ in ids if id_ != ids[len(ids) // 2]]
        body = {**scim.group_body(members=members_of(left)), "displayName": group["displayName"]}
        answer = scim.put(scim.path_of(group), body)
        done = accepted_or_rejected(scim, answer, f"a PUT of {len(left):,} members", SENDERS)
        has_members(scim.read(group), left if done else ids, "GET after the PUT")

    by_size(scim, put, crowd.users, crowd.users[:3])
