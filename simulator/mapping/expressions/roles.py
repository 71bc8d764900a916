"""App roles: what the three role functions make of `[appRoleAssignments]` (CUST, "Provisioning a role to a SCIM app")."""

from __future__ import annotations

from typing import Any

ROLE_TYPE = "WindowsAzureActiveDirectoryRole"


def single_role(assignments: Any) -> Any:
    """The name of one assigned role; of several the first, which Entra leaves open."""
    roles = _roles(assignments)
    return roles[0]["value"] if roles else None


def role_objects(assignments: Any) -> list[dict[str, Any]] | None:
    """All assigned roles as SCIM values."""
    return [
        {"primary": False, "type": ROLE_TYPE, "display": role["displayName"], "value": role["value"]}
        for role in _roles(assignments)
    ] or None


def _roles(assignments: Any) -> list[dict[str, str]]:
    roles = []
    for role in assignments if isinstance(assignments, list) else ():
        if isinstance(role, dict) and role.get("value"):
            roles.append({"value": str(role["value"]), "displayName": str(role.get("displayName", role["value"]))})
    return roles
