"""A user and one PATCH of it without a server: what the tests of PATCH share."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from reference_server.scim.patch import apply_patch
from reference_server.scim.patch_operations import PATCH_URN
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules

TYPES = resource_types()
USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]
TOLERANT, STRICT = Rules(), Rules(strict=True)
WORK = {"value": "w@x", "type": "work", "primary": True}
HOME = {"value": "h@x", "type": "home"}


class Elements(dict[str, dict[str, Any]]):
    """Stored elements by value, on which an ElementSet is based."""

    def known(self, values: Sequence[str]) -> list[bool]:
        return [value in self for value in values]


def elements(values: Iterable[str]) -> Elements:
    return Elements({value: {"value": value, "type": "User"} for value in values})


def anna(**attributes: Any) -> dict[str, Any]:
    """A stored user with these attributes besides the usual ones."""
    base = {
        "schemas": [USER.schema.id],
        "id": "1",
        "userName": "anna",
        "active": True,
        "name": {"givenName": "A", "familyName": "B"},
    }
    return {**base, **attributes}


def patched(before: dict[str, Any], *operations: Any, rules: Rules = TOLERANT) -> dict[str, Any]:
    """The user after a PATCH with these operations; the user that was passed in stays as it is."""
    held = copy.deepcopy(before)
    after = apply_patch(before, {"schemas": [PATCH_URN], "Operations": list(operations)}, USER, rules)
    assert before == held, "the resource passed in was changed"
    return after
