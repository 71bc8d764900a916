"""Sort keys for sortBy, for each type of attribute (RFC 7644 section 3.4.2.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reference_server.scim.comparing import instant, leaf_of
from reference_server.scim.errors import InvalidFilter, InvalidPath
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.text import exact, folded

Item = TypeVar("Item")
SortKey = Callable[[dict[str, Any]], tuple[bool, Any]]


def sort_keys(rtypes: tuple[ResourceType, ...], order_by: str, descending: bool) -> dict[str, SortKey]:
    """The sort keys by resource type. Raises InvalidPath if no type has the attribute."""
    keys: dict[str, SortKey] = {}
    refused: str | None = None
    for rtype in rtypes:
        try:
            keys[rtype.name] = sort_key(rtype, order_by, descending)
        except InvalidPath as error:
            refused = str(error)
    if refused is not None and not keys:
        raise InvalidPath(refused)
    return keys


def sort_key(rtype: ResourceType, sort_by: str, descending: bool) -> SortKey:
    """A key function for `sorted(…, reverse=descending)`; raises InvalidPath for an unknown or unsortable attribute.

    Resources without a value come last in ascending and first in descending order. A multi-valued attribute sorts by its
    primary value, or else by its first one. A stored value that does not fit the current schema counts as missing.
    """
    found = rtype.find(sort_by)
    if found is None:
        raise InvalidPath(f'sortBy: "{sort_by[:100]}" is not an attribute of {rtype.name}')
    try:
        leaf = leaf_of(found)
    except InvalidFilter:
        raise InvalidPath(f"sortBy: {sort_by} is complex; name one of its sub-attributes") from None
    if "never" in (found.attribute.returned, leaf.returned):
        raise InvalidPath(f"sortBy: {sort_by} is never returned and cannot be used for sorting")
    urn, attribute, _ = found
    name = attribute.name
    inner = leaf.name if leaf is not attribute else None
    comparable = _comparable(leaf.type, leaf.case_exact)

    def key(resource: dict[str, Any]) -> tuple[bool, Any]:
        home = resource.get(urn) if urn else resource
        value = home.get(name) if home else None
        try:
            if value and attribute.multi_valued:
                value = next((item for item in value if isinstance(item, dict) and item.get("primary")), value[0])
            if inner is not None and value is not None:
                value = value.get(inner)
            return (True, _LOWEST) if value is None else (False, comparable(value))
        except (TypeError, ValueError, LookupError, AttributeError):
            return True, _LOWEST

    return key


class _Lowest:
    """The key of a missing value. All such keys are equal, so these resources keep their order."""

    def __lt__(self, other: object) -> bool:
        return False


_LOWEST = _Lowest()


def _comparable(type_: str, case_exact: bool) -> Callable[[Any], Any]:
    if type_ == "dateTime":
        return instant
    if type_ in ("boolean", "integer", "decimal"):
        return _number
    return exact if case_exact else folded


def _number(value: Any) -> Any:
    if not isinstance(value, int | float):
        raise TypeError
    return value
