"""PATCHes applied by our core and by scim2-models: every difference is fixed, or is explained here by the RFC."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from scim2_models import Context, EnterpriseUser, PatchOp, SCIMException, User

from reference_server.scim.errors import ScimError
from reference_server.scim.patch import apply_patch
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules
from tests.differential.people import patches, users
from tests.support import PATCH, USER

USERS = resource_types().by_name["User"]
Theirs = User[EnterpriseUser]


def ours(patch: dict[str, Any], user: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return _plain(apply_patch(user, patch, USERS, Rules(strict=True)))
    except ScimError as error:
        return f"{error.status} {error.scim_type}"


def theirs(patch: dict[str, Any], user: dict[str, Any]) -> dict[str, Any] | str:
    held = Theirs.model_validate(user)
    try:
        PatchOp[Theirs].model_validate(patch, context={"scim": Context.RESOURCE_PATCH_REQUEST}).patch(held)
    except SCIMException as error:
        return f"{error.status} {error.scim_type}"
    return _plain(held.model_dump(by_alias=True, exclude_none=True, mode="json"))


def _plain(resource: dict[str, Any]) -> dict[str, Any]:
    """What a PATCH decides: without meta and schemas, unassigned values gone, lists in one order."""
    kept = {name: _part(value) for name, value in resource.items() if name not in ("meta", "schemas", "id")}
    return {name: value for name, value in kept.items() if value not in (None, [], {})}


def _part(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: part for name, part in ((n, _part(v)) for n, v in value.items()) if part not in (None, [], {})}
    if isinstance(value, list):
        return sorted((_part(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def explained(patch: dict[str, Any], user: dict[str, Any], ours: Any, theirs: Any) -> bool:
    """The differences that last.

    `remove` with a filter that selects nothing: ours is 400 noTarget in strict mode, theirs does nothing. RFC 7644 table 9,
    noTarget: "The specified \"path\" did not yield an attribute or attribute value that could be operated on. This occurs
    when the \"path\" value contains a filter that yields no match." (Tolerant mode does nothing as well.)

    `add` of an element whose value and type are there already, with other parts: ours is one element, theirs are two.
    RFC 7643 2.4: providers "SHOULD NOT return the same (type, value) combination more than once per attribute". A later
    operation can remove the values of both.

    `add` of an element that differs from a held one in letter case only: ours takes the new spelling, theirs the old one.
    The attributes are not caseExact, so both are the same value (2.2).
    """
    if isinstance(ours, dict) and any(_is_doubled(state) for state in states(patch, user)):
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict) and _folded(ours) == _folded(theirs):
        return True
    by_filter = any(held["op"] == "remove" and "[" in held["path"] for held in patch["Operations"])
    return by_filter and ours == "400 noTarget" and isinstance(theirs, dict)


def states(patch: dict[str, Any], user: dict[str, Any]) -> list[dict[str, Any] | str]:
    """What their PATCH leaves after each of its operations."""
    operations = patch["Operations"]
    return [theirs({**patch, "Operations": operations[:end]}, user) for end in range(1, len(operations) + 1)]


def _is_doubled(state: dict[str, Any] | str) -> bool:
    return isinstance(state, dict) and any(_repeats(held) for held in state.values() if isinstance(held, list))


def _folded(document: dict[str, Any]) -> str:
    """Without letter case; lists are put in order afterwards, or the case of one element would move the others."""
    return json.dumps(_part(json.loads(json.dumps(document, sort_keys=True).casefold())), sort_keys=True)


def _repeats(elements: list[Any]) -> bool:
    pairs = [(str(held["value"]).casefold(), held.get("type")) for held in elements if "value" in held]
    return len(pairs) != len(set(pairs))


def agree(patch: dict[str, Any], user: dict[str, Any]) -> None:
    left, right = ours(patch, user), theirs(patch, user)
    assert left == right or explained(patch, user, left, right), patch


MAIL = {"value": "ada@y.com", "type": "work"}
DOUBLED_AND_EMPTIED = {
    "schemas": [PATCH],
    "Operations": [
        {"op": "add", "path": "emails", "value": [{**MAIL, "display": "Ada"}]},
        {"op": "remove", "path": 'emails[type eq "work"].value'},
    ],
}


@given(patch=patches, user=users)
@example(patch=DOUBLED_AND_EMPTIED, user={"schemas": [USER], "id": "id-1", "userName": "ada", "emails": [MAIL]})
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_patches_leave_alike(patch: dict[str, Any], user: dict[str, Any]) -> None:
    agree(patch, user)


@pytest.mark.full
@given(patch=patches, user=users)
@settings(max_examples=25_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_patches_leave_alike_at_length(patch: dict[str, Any], user: dict[str, Any]) -> None:
    agree(patch, user)
