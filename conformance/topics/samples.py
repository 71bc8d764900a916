"""Sample values that several checks share, and functions that read them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.check_api.session import Session


def addresses(scim: Session) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Unique work, home, and other addresses, because some servers identify accounts by email address."""
    name = scim.name()
    work, home, other = ({"value": f"{kind}.{name}@check.example", "type": kind} for kind in ("work", "home", "other"))
    return {**work, "primary": True}, home, other


def address(scim: Session) -> str:
    """A unique email address."""
    return f"{scim.name()}@check.example"


def mails(resource: Mapping[str, Any]) -> dict[str, str]:
    """The email addresses by type, in lower case."""
    return {str(item.get("type")): str(item.get("value")).lower() for item in _elements(resource, "emails")}


def members(resource: Mapping[str, Any]) -> list[str]:
    """The ids of a group's members, sorted."""
    return sorted(str(item.get("value")) for item in _elements(resource, "members"))


def ids(*resources: Mapping[str, Any]) -> list[str]:
    """The ids of resources, sorted."""
    return sorted(str(resource["id"]) for resource in resources)


def member(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource as an element of members."""
    return {"value": resource["id"]}


def replaced(value: Any, path: str = "displayName") -> dict[str, Any]:
    """A PATCH operation that sets one attribute."""
    return {"op": "replace", "path": path, "value": value}


def _elements(resource: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    held = resource.get(name)
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []
