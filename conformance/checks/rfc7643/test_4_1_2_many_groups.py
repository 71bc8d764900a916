"""RFC 7643 section 4.1.2: the groups of a user that is a member of more than a hundred."""

from __future__ import annotations

import time

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import USER_URN
from conformance.topics.crowds import need_many_groups, shown_groups

pytestmark = pytest.mark.crowd
PATIENCE_S = 2.0  # servers may update the groups of a user with a delay


@requirement(
    "RFC7643-4.1.2-19",
    level="lie",
    consequence="Access reviews, and clients that read memberships from the user, miss groups.",
    fix="Do not page or limit the query that reads the groups of a user.",
)
def test_user_shows_more_than_a_hundred_groups(scim: Session) -> None:
    """GET must return all groups of a user that is a member of more than a hundred."""
    crowd, group = need_many_groups(scim)
    scim.target.need_attribute(USER_URN, "groups")
    wanted = {str(group["id"]), *crowd.groups}
    until = time.monotonic() + PATIENCE_S
    while True:
        user = scim.read({"id": crowd.users[0], "schemas": [USER_URN]})
        shown = shown_groups(user, wanted)
        if shown == wanted:
            return
        if time.monotonic() > until:
            break
        time.sleep(0.2)
    if not shown:
        raise NotOffered("groups of a user")
    got = f"{len(shown)}, {len(wanted - shown)} are missing"
    raise Finding("GET does not return all groups of the user", f"{len(wanted)} groups", got)
