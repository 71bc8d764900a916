"""Comparisons by schema characteristics: type, caseExact, multi-valued (RFC 7644 table 3, RFC 7643 section 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from reference_server.scim.errors import InvalidFilter
from reference_server.scim.resource_type import Found
from reference_server.scim.schema import Attribute
from reference_server.scim.text import exact, folded, in_message
from reference_server.turns import count

Predicate = Callable[[dict[str, Any]], bool]
TEXT_TYPES = frozenset(["string", "reference", "binary"])
ORDERED = frozenset(["gt", "ge", "lt", "le"])
SUBSTRING = frozenset(["co", "sw", "ew"])

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, asked: bool(held == asked),
    "co": lambda held, asked: asked in held,
    "sw": lambda held, asked: bool(held.startswith(asked)),
    "ew": lambda held, asked: bool(held.endswith(asked)),
    "gt": lambda held, asked: bool(held > asked),
    "ge": lambda held, asked: bool(held >= asked),
    "lt": lambda held, asked: bool(held < asked),
    "le": lambda held, asked: bool(held <= asked),
}


def compile_presence(found: Found) -> Predicate:
    """`pr`: whether the attribute has a value. Empty strings and empty lists do not count (RFC 7643 section 2.5)."""
    read = reader(found)

    def present(resource: dict[str, Any]) -> bool:
        values = read(resource)
        count(len(values))
        return any(value not in (None, "", {}, []) for value in values)

    return present


def compile_comparison(
    found: Found, operator: str, asked: Any, *, unassigned: bool | None = None
) -> tuple[Predicate, Hashable]:
    """(predicate, the compared value as an index key). Raises InvalidFilter if operator or value do not fit the type.

    `unassigned` is the value of an attribute that has none; with None, such an attribute does not match anything.
    """
    leaf = leaf_of(found)
    found = found if leaf is found.attribute or found.sub else Found(found.urn, found.attribute, leaf)
    if asked is None:
        return _compile_null(found, operator), None
    convert = _converter(leaf, operator, asked)
    wanted = convert(asked)
    if operator == "ne":
        equal, _ = compile_comparison(found, "eq", asked, unassigned=unassigned)
        return (lambda resource: not equal(resource)), wanted
    test = _TESTS[operator]
    urn, attribute, sub = found
    if operator == "eq" and urn is None and sub is None and not attribute.multi_valued and unassigned is None:
        return compile_equality(attribute, wanted, convert), wanted
    read = reader(found)

    def matches(resource: dict[str, Any]) -> bool:
        values = read(resource)
        if len(values) > 1:
            count(len(values))
        return any(value is not None and _applies(test, convert, value, wanted) for value in values)

    if unassigned is None:
        return matches, wanted
    # An empty list has no element that could have an unassigned value.
    nothing = [] if attribute.multi_valued else [None]

    def matches_also_nothing(resource: dict[str, Any]) -> bool:
        held = read(resource) or nothing
        count(len(held))
        values = (unassigned if value is None else value for value in held)
        return any(_applies(test, convert, value, wanted) for value in values)

    return matches_also_nothing, wanted


def leaf_of(found: Found) -> Attribute:
    """The compared attribute: the sub-attribute, or `value` if a complex attribute is named alone (RFC: `emails co "x"`)."""
    if found.sub is not None:
        return found.sub
    if found.attribute.is_complex:
        value = found.attribute.sub("value")
        if value is None:
            raise InvalidFilter("a complex attribute cannot be compared; name one of its sub-attributes")
        return value
    return found.attribute


def reader(found: Found) -> Callable[[dict[str, Any]], list[Any]]:
    """A function that lists the values of an attribute in a resource."""
    urn, attribute, sub = found
    name, multi, sub_name = attribute.name, attribute.multi_valued, sub.name if sub else None

    def read(resource: dict[str, Any]) -> list[Any]:
        home = resource.get(urn) if urn else resource
        value = home.get(name) if home else None
        if value is None:
            return []
        values = value if multi and isinstance(value, list) else [value]
        if sub_name is None:
            return values
        return [element.get(sub_name) for element in values if isinstance(element, dict)]

    return read


def instant(text: str) -> datetime:
    """Parse an xsd:dateTime; a value without an offset is in UTC. Raises ValueError."""
    moment = _parsed_instant(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=4_096)
def _parsed_instant(text: str) -> datetime:
    if len(text) < 10 or "T" not in text:
        raise ValueError(text)
    return datetime.fromisoformat(text)


def compile_equality(attribute: Attribute, wanted: Any, convert: Callable[[Any], Any]) -> Predicate:
    """`eq` for a single-valued attribute of the main schema; `wanted` is already converted."""
    name = attribute.name

    def equal(resource: dict[str, Any]) -> bool:
        held = resource.get(name)
        try:
            return held is not None and convert(held) == wanted
        except (TypeError, ValueError, AttributeError):
            return False  # a stored value of another type does not match

    return equal


def _compile_null(found: Found, operator: str) -> Predicate:
    """`eq null` means not present and `ne null` means present (RFC 7643 section 2.5)."""
    present = compile_presence(found)
    if operator == "eq":
        return lambda resource: not present(resource)
    if operator == "ne":
        return present
    raise InvalidFilter("null can be compared only with eq or ne")


def _applies(test: Callable[[Any, Any], bool], convert: Callable[[Any], Any], value: Any, wanted: Any) -> bool:
    try:
        return test(convert(value), wanted)
    except (TypeError, ValueError, AttributeError):
        return False  # a stored value of another type does not match


def _converter(leaf: Attribute, operator: str, asked: Any) -> Callable[[Any], Any]:
    """The conversion of values of this attribute into a comparable form. Raises InvalidFilter for unsuitable operators."""
    kind = leaf.type
    if operator in SUBSTRING and kind not in TEXT_TYPES:
        raise InvalidFilter(f"a {kind} value has no substrings")
    if kind in TEXT_TYPES:
        if not isinstance(asked, str):
            raise InvalidFilter(f"expected a string in double quotes, got {in_message(asked)}")
        if operator in ORDERED and kind == "binary":
            raise InvalidFilter("binary values have no order")
        return exact if leaf.case_exact else folded
    if kind == "boolean":
        if operator in ORDERED:
            raise InvalidFilter("boolean values have no order")
        if isinstance(asked, bool) or (isinstance(asked, str) and asked.lower() in ("true", "false")):
            return _as_boolean  # Entra sends "True" and "False" as strings
        raise InvalidFilter(f"expected true or false, got {in_message(asked)}")
    if kind in ("integer", "decimal"):
        if isinstance(asked, bool) or not isinstance(asked, int | float):
            raise InvalidFilter(f"expected a number, got {in_message(asked)}")
        return _same
    if kind == "dateTime":
        try:
            instant(asked)
        except (ValueError, TypeError):
            raise InvalidFilter(
                f"expected a date and time like 2026-01-31T12:00:00Z, got {in_message(asked)}"
            ) from None
        return instant
    raise InvalidFilter("a complex attribute cannot be compared; name one of its sub-attributes")


def _same(value: Any) -> Any:
    return value


def _as_boolean(value: Any) -> bool:
    return value.lower() == "true" if isinstance(value, str) else bool(value)
