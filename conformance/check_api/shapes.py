"""The JSON types of common attributes in RFC 7643: a response with other types is a fault of the server, not of the check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from conformance.requirements.verdict import Finding

_STRINGS = (
    *("id", "externalId", "userName", "displayName", "nickName", "title", "userType", "locale", "timezone"),
    *("preferredLanguage", "profileUrl", "formatted", "givenName", "familyName", "middleName", "honorificPrefix"),
    *("honorificSuffix", "resourceType", "created", "lastModified", "location", "version", "value", "display"),
    *("type", "$ref", "department", "employeeNumber", "costCenter", "division", "organization", "streetAddress"),
    *("locality", "region", "postalCode", "country", "detail", "scimType"),
)
_OBJECTS = ("name", "meta", "manager")
# What every resource has (RFC 7643 section 3.1). A resource type of the target's own may give the other names any type.
_COMMON = ("schemas", "id", "externalId", "meta")
_OF_THE_RFCS = re.compile(
    r"urn:ietf:params:scim:(api:|schemas:(core:2\.0:(User|Group|Schema|ResourceType|ServiceProviderConfig)$|extension:))",
    re.IGNORECASE,
)
_LISTS = (
    *("emails", "phoneNumbers", "addresses", "ims", "photos", "groups", "members", "roles", "entitlements"),
    *("x509Certificates", "Resources", "Operations"),
)
TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(_STRINGS, (str, "a string")),
    **dict.fromkeys(_OBJECTS, (dict, "an object")),
    **dict.fromkeys(_LISTS, (list, "a list of objects")),
    "schemas": (list, "a list of strings"),
    "active": (bool, "a boolean"),
    "primary": (bool, "a boolean"),
    "totalResults": (int, "an integer"),
    "itemsPerPage": (int, "an integer"),
    "startIndex": (int, "an integer"),
}


def misshapen(answers: Iterable[Any]) -> Finding | None:
    """A finding for the first value with the wrong JSON type; None if all are right."""
    return next((found for answer in answers if (found := _in(answer, "")) is not None), None)


def _in(value: Any, path: str) -> Finding | None:
    if not isinstance(value, dict):
        return None if path else _wrong("the response body", "an object", value)
    foreign = _foreign(value)
    for name, held in value.items():
        if foreign and name not in _COMMON:
            continue
        inner = f"{path}.{name}".lstrip(".")
        if (found := _at(name, held, inner)) is not None:
            return found
    return None


def _foreign(value: dict[str, Any]) -> bool:
    """Whether a resource has a type that the RFCs do not define."""
    urns = value.get("schemas")
    return isinstance(urns, list) and bool(urns) and not any(_OF_THE_RFCS.match(str(urn)) for urn in urns)


def _at(name: str, held: Any, path: str) -> Finding | None:
    if name.startswith("urn:"):
        return _in(held, path) if isinstance(held, dict) else _wrong(path, "an object", held)
    if name not in TYPES:
        return None
    kind, words = TYPES[name]
    if not isinstance(held, kind) or (kind is int and isinstance(held, bool)):
        return _wrong(path, words, held)
    if isinstance(held, list):
        wanted = str if name == "schemas" else dict
        odd = [item for item in held if not isinstance(item, wanted)]
        inside = [found for item in held if isinstance(item, dict) and (found := _in(item, path)) is not None]
        return _wrong(path, words, odd[0]) if odd else next(iter(inside), None)
    return _in(held, path) if kind is dict else None


def _wrong(what: str, expected: str, got: Any) -> Finding:
    return Finding(f"{what} does not have the JSON type that RFC 7643 requires", expected, repr(got)[:160])
