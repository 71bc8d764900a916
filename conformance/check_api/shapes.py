"""The JSON types that RFC 7643 and RFC 7644 define: a response with other types is a fault of the server, not of the check."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding

_STRINGS = (
    *("id", "externalId", "userName", "displayName", "nickName", "title", "userType", "locale", "timezone"),
    *("preferredLanguage", "profileUrl", "formatted", "givenName", "familyName", "middleName", "honorificPrefix"),
    *("honorificSuffix", "resourceType", "created", "lastModified", "location", "version", "value", "display"),
    *("type", "$ref", "department", "employeeNumber", "costCenter", "division", "organization", "streetAddress"),
    *("locality", "region", "postalCode", "country", "detail", "scimType", "bulkId", "method", "endpoint", "schema"),
    *("description", "mutability", "returned", "uniqueness"),
)
_OBJECTS = ("name", "meta", "manager", "patch", "bulk", "filter", "changePassword", "sort", "etag")
_BOOLEANS = ("active", "primary", "supported", "multiValued", "caseExact", "required")
_INTEGERS = ("totalResults", "itemsPerPage", "startIndex", "maxOperations", "maxPayloadSize", "maxResults")
# What every resource has (RFC 7643 section 3.1). A resource type of the target's own may give the other names any type.
_COMMON = ("schemas", "id", "externalId", "meta")
_OF_THE_RFCS = re.compile(
    r"urn:ietf:params:scim:(api:|schemas:(core:2\.0:(User|Group|Schema|ResourceType|ServiceProviderConfig)$|extension:))",
    re.IGNORECASE,
)
# Members that only discovery documents have. There, a name is a string, and `schemas` and `id` are often absent.
_OF_DISCOVERY = (
    *("attributes", "subAttributes", "multiValued", "endpoint", "schemaExtensions"),
    *("authenticationSchemes", "changePassword", "patch", "sort"),
)
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
_PARTS = {  # what the messages of RFC 7644 sections 3.4.2, 3.7, and 3.12 must have
    "listresponse": ("totalResults", "an integer"),
    "bulkresponse": ("Operations", "a list of objects"),
    "error": ("status", "a string"),
}
_LISTS = (
    *("emails", "phoneNumbers", "addresses", "ims", "photos", "groups", "members", "roles", "entitlements"),
    *("x509Certificates", "Resources", "Operations", "attributes", "subAttributes", "schemaExtensions"),
    "authenticationSchemes",
)
TYPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(_STRINGS, (str, "a string")),
    **dict.fromkeys(_OBJECTS, (dict, "an object")),
    **dict.fromkeys(_LISTS, (list, "a list of objects")),
    **dict.fromkeys(_BOOLEANS, (bool, "a boolean")),
    **dict.fromkeys(_INTEGERS, (int, "an integer")),
    **dict.fromkeys(("schemas", "referenceTypes", "canonicalValues"), (list, "a list of strings")),
}


def misshapen(bodies: Iterable[Any], own_types: Collection[str] = ()) -> Finding | None:
    """A finding for the first value with the wrong JSON type, or else for the first missing `schemas` or `id`.

    None if all are right. `own_types` holds the schemas of the target's resource types, in lower case.
    """
    held = list(bodies)
    odd = (found for body in held if (found := _in(body, "", own_types)) is not None)
    return next(odd, None) or next((found for body in held for found in _lacking(body, own_types)), None)


def _in(value: Any, path: str, own_types: Collection[str], described: bool = False) -> Finding | None:
    if not isinstance(value, dict):
        return None if path else _wrong("the response body", "an object", value)
    foreign = _foreign(value, own_types)
    described = described or any(name in value for name in _OF_DISCOVERY)
    for name, held in value.items():
        if (foreign and name not in _COMMON) or (name == "name" and described and isinstance(held, str)):
            continue
        inner = f"{path}.{name}".lstrip(".")
        if (found := _at(name, held, inner, own_types, described)) is not None:
            return found
    return None


def _foreign(value: dict[str, Any], own_types: Collection[str]) -> bool:
    """Whether a resource has a type of the target's own. Any other URN is odd and excuses nothing."""
    urns = value.get("schemas")
    known = [str(urn) for urn in urns] if isinstance(urns, list) else []
    return any(urn.lower() in own_types for urn in known) and not any(map(_OF_THE_RFCS.match, known))


def _at(name: str, held: Any, path: str, own_types: Collection[str], described: bool) -> Finding | None:
    if name.startswith("urn:"):
        return _in(held, path, own_types) if isinstance(held, dict) else _wrong(path, "an object", held)
    if name not in TYPES:
        return None
    kind, words = TYPES[name]
    if not isinstance(held, kind) or (kind is int and isinstance(held, bool)):
        return _wrong(path, words, held)
    for item in held if isinstance(held, list) else ():
        if not isinstance(item, str if words == "a list of strings" else dict):
            return _wrong(path, words, item)
    inside = held if isinstance(held, list) else [held]
    found = (_in(item, path, own_types, described) for item in inside if isinstance(item, dict))
    return next((one for one in found if one is not None), None)


def _lacking(body: dict[str, Any], own_types: Collection[str]) -> Iterator[Finding]:
    """What no representation may omit: `schemas` (RFC 7643 section 3), the id of a resource (3.1), and parts of messages."""
    listed = body.get("Resources")
    for value in [body, *(listed if isinstance(listed, list) else ())]:
        if not isinstance(value, dict) or any(name in value for name in _OF_DISCOVERY):
            continue
        if "schemas" not in value:
            yield _missing("schemas", "a list of strings", value)
            continue
        urns = [str(urn).lower() for urn in value["schemas"]]
        if not any(urn in own_types or _OF_THE_RFCS.match(urn) for urn in urns):
            yield Finding(
                "schemas has no known URN", "a URN of RFC 7643, RFC 7644, or /ResourceTypes", json_of(urns)[:160]
            )
        for urn in urns:
            part = _PARTS.get(urn.removeprefix(_MESSAGES))
            if part and part[0] not in value:
                yield _missing(*part, value)
        if "id" not in value and ("meta" in value or value is not body):
            yield _missing("id", "a string", value)
        if value.get("totalResults") and value.get("itemsPerPage") != 0 and "Resources" not in value:
            yield _missing("Resources", "a list of objects", value)


def _wrong(what: str, expected: str, got: Any) -> Finding:
    return Finding(f"{what} does not have the JSON type that RFC 7643 requires", expected, json_of(got)[:160])


def _missing(name: str, expected: str, value: dict[str, Any]) -> Finding:
    return Finding(
        f"{name} is missing from the response", expected, f"an object with {', '.join(value) or 'nothing'}"[:160]
    )
