"""App roles: what the three role functions make of `[appRoleAssignments]` (CUST, "Provisioning a role to a SCIM app")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"


class RoleName(str):
    """The value of one assigned role, which knows the rest of it: PATCH may have to send the whole role."""

    __slots__ = ("role",)
    role: dict[str, str]

    def __new__(cls, role: dict[str, str]) -> RoleName:
        name = super().__new__(cls, role["value"])
        name.role = role
        return name


def single_role(assignments: Any) -> Any:
    """The name of one assigned role; of several the first, which Entra leaves open."""
    roles = _roles(assignments)
    return RoleName(roles[0]) if roles else None


def role_objects(assignments: Any, name_key: Literal["display", "displayName"] = "display") -> Any:
    """All assigned roles as SCIM values; the samples of the two functions give the role's name different keys."""
    return [
        {"primary": False, "type": ROLE_TYPE, name_key: role["displayName"], "value": role["value"]}
        for role in _roles(assignments)
    ] or None


def is_held_as_json(roles: Any, wanted: Any) -> bool:
    """Whether a role is among a target's roles as JSON in a string, as the default dialect's PATCH writes it."""
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
