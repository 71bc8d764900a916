"""The results of the three app role functions for `[appRoleAssignments]` (CUST, "Provisioning a role to a SCIM app")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"


class RoleName(str):
    """The value of one assigned role. It also contains the whole role, which PATCH may have to send."""

    __slots__ = ("role",)
    role: dict[str, str]

    def __new__(cls, role: dict[str, str]) -> RoleName:
        name = super().__new__(cls, role["value"])
        name.role = role
        return name


def single_role(assignments: Any) -> Any:
    """The name of one assigned role.

    Of several roles, the simulator uses the first; Microsoft does not document the choice.
    """
    roles = _roles(assignments)
    return RoleName(roles[0]) if roles else None


def role_objects(assignments: Any, name_key: Literal["display", "displayName"] = "display") -> Any:
    """All assigned roles as SCIM values.

    Microsoft's samples of the two functions use different keys for the name of a role.
    """
    return [
        {"primary": False, "type": ROLE_TYPE, name_key: role["displayName"], "value": role["value"]}
        for role in _roles(assignments)
    ] or None


def is_held_as_json(roles: Any, wanted: Any) -> bool:
    """Whether the target holds a role as JSON in a string, as PATCH requests of the default dialect write it."""
    if not isinstance(wanted, RoleName) or not isinstance(roles, list):
        return False
    texts = [role.get("value") for role in roles if isinstance(role, Mapping)]
    for text in texts:
        with suppress(ValueError, AttributeError):
            if isinstance(text, str) and text.startswith("{") and json.loads(text).get("value") == wanted:
                return True
    return False


def _roles(assignments: Any) -> list[dict[str, str]]:
    roles = []
    for role in assignments if isinstance(assignments, list) else ():
        if isinstance(role, dict) and role.get("value"):
            known = {name: str(role[name]) for name in ("id", "value", "displayName") if role.get(name)}
            roles.append({"displayName": known["value"], **known})
    return roles
