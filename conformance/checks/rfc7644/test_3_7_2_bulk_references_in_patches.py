"""RFC 7644 section 3.7.2: bulkId: references in PATCH operations."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.topics.bulk_requests import bulk, by_bulk_id, made, post
from conformance.topics.samples import member, members

# How a PATCH refers to the new user.
FORMS: dict[str, dict[str, Any]] = {
    "add members": {"op": "add", "path": "members", "value": [{"value": "bulkId:new"}]},
    "add members without path": {"op": "add", "value": {"members": [{"value": "bulkId:new"}]}},
}


@pytest.mark.parametrize("form", FORMS)
@requirement(
    "RFC7644-3.7.2-02",
    "RFC7644-3.7.2-05",
    level="lie",
    consequence="New users are created but never added to the group that grants their access.",
    fix="Resolve bulkId: in the data of every operation, including values in a PATCH.",
)
def test_new_user_joins_a_group_by_patch(scim: Session, form: str) -> None:
    """A bulkId reference in a PATCH value must be replaced by the id of the new resource (RFC 7644 section 3.7.2)."""
    scim.target.need("bulk")
    scim.target.need("patch")
    kept = scim.new_user()
    group = scim.new_group(members=[member(kept)])
    patch = {"schemas": [PATCH_URN], "Operations": [FORMS[form]]}
    change = {"method": "PATCH", "path": scim.path_of(group), "data": patch}
    user = made(scim, by_bulk_id(bulk(scim, post(scim.users, "new", scim.user_body()), change))["new"])
    expect.equal(members(scim.read(group)), sorted([str(kept["id"]), str(user["id"])]), "members")
