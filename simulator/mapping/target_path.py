"""Target paths of mappings in every documented form, read from and written into resources (docs/notes/entra.md 5.2; CUST).

`attr`, `attr.sub`, `attr[type eq "x"].sub`, `attr[primary eq true].sub`, each also below a schema's URN and a colon.
Custom names may have colons of their own (`custom:country`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER_PATH = f"{ENTERPRISE_URN}:manager"
_CORE = {USER_URN.lower(), GROUP_URN.lower()}
_NAME = r"[A-Za-z$][\w$-]*"
_SHAPE = regex.compile(
    rf'(?:(?P<urn>urn:[^\[\]"\s]+):)?(?!urn:)(?P<name>(?:{_NAME}:)*{_NAME})'
    rf'(?:\[(?P<key>{_NAME}) eq (?:"(?P<value>[^"]*)"|(?P<bare>true|false|\d+))\])?(?:\.(?P<sub>{_NAME}))?',
    regex.I,
)
# The attributes that Entra sends in a POST: those of RFC 7643, and custom names that follow the documented pattern (CUST).
_EXTENSION = regex.compile(r"urn:ietf:params:scim:schemas:extension:[^:]+:2\.0:(?:User|Group)", regex.I)
_CORE_ATTRIBUTES = frozenset(
    {
        *("id", "externalid", "meta", "schemas", "username", "name", "displayname", "nickname", "profileurl", "title"),
        *("usertype", "preferredlanguage", "locale", "timezone", "active", "password", "emails", "phonenumbers", "ims"),
        *("photos", "addresses", "groups", "entitlements", "roles", "x509certificates", "members"),
    }
)


class PathError(Exception):
    """The string is not a target path. The message shows it and the valid forms."""


@dataclass(frozen=True, slots=True)
class TargetPath:
    """A parsed path. `schema` is the URN of an extension, or None for the core schema. `urn` is the URN as written."""

    text: str
    schema: str | None
    name: str
    key: str | None
    value: str | None
    sub: str | None
    urn: str | None = None


@lru_cache(maxsize=4096)
def parse_path(text: str) -> TargetPath:
    """Parse a target path. Raises PathError."""
    found = _SHAPE.fullmatch(text)
    if not found:
        raise PathError(
            f'"{text}" is not a target path; expected attr, attr.sub, attr[type eq "work"].sub, or urn:…:User:attr'
        )
    urn = found["urn"]
    schema = None if urn is None or urn.lower() in _CORE else urn
    value = found["value"] if found["bare"] is None else found["bare"]
    return TargetPath(text, schema, found["name"], found["key"], value, found["sub"], urn)


@lru_cache(maxsize=10_000)
def is_exported_at_creation(text: str) -> bool:
    """Whether Entra sends an attribute with this name when it creates the user; others follow in the next cycle."""
    path = parse_path(text)
    if path.schema is None:
        return path.urn is not None or path.name.lower() in _CORE_ATTRIBUTES
    return _EXTENSION.fullmatch(path.schema) is not None


def value_at(resource: Mapping[str, Any], text: str) -> Any:
    """The value at a path of a resource that a target returned, or None. Never raises an exception."""
    path = parse_path(text)
    home: Any = resource if path.schema is None else resource.get(path.schema)
    if path.urn and path.schema is None and path.name not in resource:
        home = resource.get(path.urn, resource)  # the place that Entra's POST uses
    if not isinstance(home, dict):
        return None
    held = home.get(path.name)
    if path.key is not None:
        held = next((e for e in _elements(held) if _is(e.get(path.key), path.value)), None)
        return held if path.sub is None or held is None else held.get(path.sub)
    if path.sub is None:
        return held
    return held.get(path.sub) if isinstance(held, dict) else None


def put(body: dict[str, Any], text: str, value: Any) -> None:
    """Set a path in a new resource; elements of multi-valued attributes are created (docs/notes/entra.md 3.2)."""
    path = parse_path(text)
    home = body if path.schema is None else body.setdefault(path.schema, {})
    if path.key is not None:
        elements = home.setdefault(path.name, [])
        element = next((e for e in elements if _is(e.get(path.key), path.value)), None)
        if element is None:
            elements.append(element := _element(path))
        element[path.sub or "value"] = value
    elif path.sub is not None:
        home.setdefault(path.name, {})[path.sub] = value
    else:
        home[path.name] = value


def _element(path: TargetPath) -> dict[str, Any]:
    """A new element.

    As in Microsoft's samples, work e-mail addresses and phone numbers are primary; addresses never are.
    """
    if path.key == "primary":
        primary = {"primary": str(path.value).lower() == "true"}
        return primary | ({"type": "WindowsAzureActiveDirectoryRole"} if path.name == "roles" else {})
    if path.key == "type":
        return {"primary": path.value == "work" and path.name != "addresses", "type": path.value}
    return {str(path.key): path.value}


def _elements(held: Any) -> list[dict[str, Any]]:
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def _is(held: Any, wanted: Any) -> bool:
    return held is not None and str(held).lower() == str(wanted).lower()
