"""What a PATCH operation makes of a value: elements that a filter describes are created once and whole."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reference_server.scim.errors import ScimError
from reference_server.scim.patch import apply_patch
from reference_server.scim.patch_operations import PATCH_URN
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules

TYPES = resource_types()


USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]


TOLERANT, STRICT = Rules(), Rules(strict=True)


WORK = {"value": "w@x", "type": "work", "primary": True}


def anna(**attributes: Any) -> dict[str, Any]:
    base = {
        "schemas": [USER.schema.id],
        "id": "1",
        "userName": "anna",
        "active": True,
        "name": {"givenName": "A", "familyName": "B"},
    }
    return {**base, **attributes}


def patched(before: dict[str, Any], *operations: Any, rules: Rules = TOLERANT) -> dict[str, Any]:
    held = copy.deepcopy(before)
    after = apply_patch(before, {"schemas": [PATCH_URN], "Operations": list(operations)}, USER, rules)
    assert before == held, "the resource given in was changed"
    return after


@pytest.mark.parametrize("value", ["n@x", True, 5, ["n@x"]], ids=str)
def test_element_from_a_filter_never_loses_its_value(value: Any) -> None:
    """What is no object is refused, or kept; the element is not made without it."""
    try:
        after = patched(anna(emails=[WORK]), {"op": "add", "path": 'emails[type eq "other"]', "value": value})
    except ScimError as refused:
        assert refused.status == 400
    else:
        kept = value[0] if isinstance(value, list) else value  # a list of one is one (tolerance.py)
        assert [e.get("value") for e in after["emails"] if e.get("type") == "other"] == [kept]


def test_element_from_a_filter_is_made_once() -> None:
    change = {"op": "replace", "path": 'emails[value eq "nobody"].value', "value": "n@x"}
    once = patched(anna(emails=[WORK]), change)
    assert patched(once, change) == once
