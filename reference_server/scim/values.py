"""Validates values against the characteristics of their attribute and normalizes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Hashable, Mapping
from typing import Any

from reference_server.scim.comparing import instant
from reference_server.scim.errors import InvalidSyntax, InvalidValue
from reference_server.scim.limits import ELEMENTS
from reference_server.scim.primary import has_several_primaries
from reference_server.scim.schema import Attribute
from reference_server.scim.text import in_message
from reference_server.scim.tolerance import Rules, unwrapped
from reference_server.turns import count, in_parts

FEW = 8  # elements of a list that are compared one by one


def is_unassigned(value: Any, rules: Rules) -> bool:
    """Whether a value means "unassigned": null, [], {}, and in tolerant mode an empty string (RFC 7643 section 2.5)."""
    return value is None or value == [] or value == {} or (value == "" and rules.allows("empty-strings"))


def names_nobody(attribute: Attribute, value: Any, rules: Rules) -> bool:
    """Whether a single reference has only null sub-attributes, like manager {"value": null}, which means "unassigned".

    This does not apply to lists of references: replacing members with [{"value": null}] must not empty a group.
    """
    if not attribute.refers or attribute.multi_valued:
        return False
    if isinstance(value, list) and len(value) == 1 and rules.allows("bare-reference"):
        value = value[0]
    if isinstance(value, dict):
        return all(is_unassigned(part, rules) for part in value.values())
    return is_unassigned(value, rules)


def needs_no_reading(attribute: Attribute, value: Any) -> bool:
    """Whether a complex value is in its final form. This is the usual case, and cheaper to find out than to read the value."""
    plain_subs = attribute.plain_subs
    if not plain_subs or not value:
        return False
    if not attribute.multi_valued:
        return _is_final(plain_subs, value)
    if type(value) is not list or len(value) > FEW:
        return False
    if len(value) == 1:
        return _is_final(plain_subs, value[0])
    for number, element in enumerate(value):
        if not _is_final(plain_subs, element) or element in value[:number]:
            return False
    return not has_several_primaries(value)


def _is_final(plain_subs: Mapping[str, Any], value: Any) -> bool:
    """Whether a complex value has only declared names and plain values."""
    if type(value) is not dict or not value:
        return False
    try:
        for name, item in value.items():
            if type(item) is not plain_subs[name] or item == "":
                return False
    except KeyError:
        return False
    text = value.get("value")
    return type(text) is not str or text[:1] != "{"  # see `unwrapped`


def read_value(attribute: Attribute, value: Any, where: str, rules: Rules) -> Any:
    """The normalized value of an attribute. `value` must be assigned (see `is_unassigned`). Raises InvalidValue."""
    if not attribute.multi_valued:
        return read_single(attribute, value, where, rules)
    if not isinstance(value, list):
        if not rules.allows("object-for-list"):
            raise _wrong(where, "a list", value)
        value = [value]
    if not attribute.refers:
        check_elements(value, where)
    else:
        ids = plain_ids(attribute, value)
        if ids is not None:
            return [{"value": id_} for id_ in ids]
    elements = []
    for number, item in enumerate(value):
        count()
        # Null and [] stand for an attribute without a value (RFC 7643 section 2.5), so in strict mode they cannot be elements.
        is_nothing = item is None or item == []
        if (is_nothing and not rules.allows("null-elements")) or not is_unassigned(item, rules):
            try:
                element = read_single(attribute, item, where, rules)
            except InvalidValue as error:
                raise InvalidValue(f"{where}[{number}]{str(error).removeprefix(where)}") from None
            if element != {}:  # it contains no attribute of the schema
                elements.append(element)
    elements = _each_once(elements)
    if attribute.has_primary and has_several_primaries(elements):
        raise InvalidValue(f"{where}: more than one value is marked as primary")
    return elements


def read_references(attribute: Attribute, value: Any, where: str, rules: Rules) -> list[str]:
    """The ids in the value of a relation, each once. Raises InvalidValue."""
    ids = plain_ids(attribute, value) if type(value) is list else None
    if ids is not None:
        return list(ids)
    read = read_value(attribute, value, where, rules)
    return [element["value"] for element in (read if isinstance(read, list) else [read])]


def plain_ids(attribute: Attribute, value: list[Any]) -> dict[str, None] | None:
    """The ids of references that are only ids, as most members are, each once; None for any other list."""
    if attribute.sub_attributes["value"].plain is not str:
        return None
    found: dict[str, None] = {}
    for part in in_parts(value):
        for element in part:
            id_ = element.get("value") if type(element) is dict else None
            if type(id_) is not str or not id_ or id_[0] == "{":  # see `unwrapped`
                return None
            # Entra ID writes members with `"$ref": null`.
            if len(element) > 1 and not (len(element) == 2 and element.get("$ref", id_) is None):
                return None
            found[id_] = None
    return found


def _each_once(elements: list[Any]) -> list[Any]:
    """Remove duplicates with the same value and type (RFC 7643 section 2.4); the first one stays."""
    if len(elements) < 2:
        return elements
    first: dict[Hashable, Any] = {}
    for element in elements:
        first.setdefault(frozen(element), element)
    return elements if len(first) == len(elements) else list(first.values())


def frozen(value: Any) -> Hashable:
    """A hashable key that is equal for equal JSON values."""
    if isinstance(value, dict):
        return frozenset([(name, frozen(item)) for name, item in value.items()])
    return tuple([frozen(item) for item in value]) if isinstance(value, list) else value


def check_elements(elements: list[Any], where: str) -> None:
    """Raise InvalidValue if a multi-valued attribute has too many elements."""
    if len(elements) > ELEMENTS.most:
        raise InvalidValue(f"{where}: {len(elements)} values; the maximum is {ELEMENTS.most}")


def read_single(attribute: Attribute, value: Any, where: str, rules: Rules) -> Any:
    """Read one value: an element of a multi-valued attribute, or the value of a single-valued one."""
    if attribute.type != "complex":
        return _READERS[attribute.type](value, where, rules)
    parts = read_incomplete(attribute, value, where, rules)
    for name in () if attribute.refers else attribute.required_subs:
        if name not in parts:
            raise InvalidValue(f"{where}.{name} is required")
    return parts


def read_parts(attribute: Attribute, value: dict[str, Any], where: str, rules: Rules) -> dict[str, Any]:
    """The sub-attributes of a complex value by declared name; None stands for one to unassign."""
    parts: dict[str, Any] = {}
    subs = attribute.subs
    count(len(value))
    for name, item in value.items():
        sub = subs.get(name) or subs.get(name.lower())
        if sub is None:
            if not rules.allows("unknown-attributes"):
                raise InvalidSyntax(f"{where}.{name}: unknown sub-attribute")
            continue
        if sub.name in parts:
            raise InvalidSyntax(f"{where}.{name} is given more than once")
        if type(item) is sub.plain and item != "":
            parts[sub.name] = item
        elif sub.mutability != "readOnly":
            read = None if is_unassigned(item, rules) else read_value(sub, item, f"{where}.{sub.name}", rules)
            parts[sub.name] = None if read == [] else read
    return parts


def read_incomplete(attribute: Attribute, value: Any, where: str, rules: Rules) -> dict[str, Any]:
    """The sub-attributes of a complex value to change; required ones can be missing."""
    if not isinstance(value, dict) and rules.allows("bare-reference"):
        # Entra sends a manager as a bare id or in a list with one element.
        if isinstance(value, list) and len(value) == 1:
            return read_incomplete(attribute, value[0], where, rules)
        if isinstance(value, str) and "value" in attribute.sub_attributes:
            value = {"value": value}
    if not isinstance(value, dict):
        raise _wrong(where, "an object", value)
    if "value" in value and rules.allows("json-in-strings"):
        value = unwrapped(value)
    parts = read_parts(attribute, value, where, rules)
    if None in parts.values():
        parts = {name: item for name, item in parts.items() if item is not None}
    if attribute.refers:
        return _reference(parts, where)
    return parts


def _reference(parts: dict[str, Any], where: str) -> dict[str, Any]:
    """The stored part of a reference: its value (from `$ref` if only that is given). The rest is computed on reading."""
    value = parts.get("value")
    if value is None and isinstance(parts.get("$ref"), str):
        value = parts["$ref"].rstrip("/").rpartition("/")[2]
    if not value:
        raise InvalidValue(f"{where}.value: expected the id of a resource")
    return {"value": value}


def _read_string(value: Any, where: str, rules: Rules) -> str:
    if not isinstance(value, str):
        raise _wrong(where, "a string", value)
    return value


def _read_boolean(value: Any, where: str, rules: Rules) -> bool:
    if isinstance(value, bool):
        return value
    # Accept exactly these strings: bool("False") would be true.
    if isinstance(value, str) and value.lower() in ("true", "false") and rules.allows("boolean-strings"):
        return value.lower() == "true"
    raise _wrong(where, "true or false", value)


def _read_integer(value: Any, where: str, rules: Rules) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(where, "an integer", value)
    return value


def _read_decimal(value: Any, where: str, rules: Rules) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(where, "a number", value)
    return value


def _read_moment(value: Any, where: str, rules: Rules) -> str:
    text = _read_string(value, where, rules)
    try:
        instant(text)
    except ValueError:
        raise InvalidValue(
            f"{where}: expected a date and time like 2026-01-31T12:00:00Z, got {in_message(text)}"
        ) from None
    return text


def _read_binary(value: Any, where: str, rules: Rules) -> str:
    text = _read_string(value, where, rules)
    try:
        base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValue(f"{where}: expected base64") from None
    return text


_READERS = {
    "string": _read_string,
    "reference": _read_string,
    "boolean": _read_boolean,
    "integer": _read_integer,
    "decimal": _read_decimal,
    "dateTime": _read_moment,
    "binary": _read_binary,
}


def _wrong(where: str, expected: str, value: Any) -> InvalidValue:
    return InvalidValue(f"{where}: expected {expected}, got {in_message(value)}")
