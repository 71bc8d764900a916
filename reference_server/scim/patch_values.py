"""The new value of an attribute after one PATCH operation (RFC 7644 sections 3.5.2.1 to 3.5.2.3)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from reference_server.scim.errors import InvalidValue, NoTarget
from reference_server.scim.path import Path
from reference_server.scim.primary import keep_one_primary
from reference_server.scim.schema import Attribute
from reference_server.scim.text import MISSING, exact, folded
from reference_server.scim.tolerance import Rules
from reference_server.scim.values import (
    check_elements,
    frozen,
    is_unassigned,
    names_nobody,
    read_incomplete,
    read_parts,
    read_single,
    read_value,
)
from reference_server.turns import count


class Change(NamedTuple):
    """One operation and the current value of its attribute; `before` is None if the attribute is unassigned."""

    op: str
    path: Path
    value: Any
    before: Any
    rules: Rules


def changed_single(change: Change) -> Any:
    """The new value of a single-valued attribute; None if it is unassigned."""
    op, path, value, before, rules = change
    attribute = _attribute(path)
    where = path.text
    if path.sub is not None:
        return _with_part(before if isinstance(before, dict) else {}, path.sub, change)
    if op == "remove" or is_unassigned(value, rules) or names_nobody(attribute, value, rules):
        return None
    if not attribute.is_complex or not isinstance(before, dict) or not isinstance(value, dict):
        read = read_value(attribute, value, where, rules)
        return None if read == {} else read
    # RFC 7644 section 3.5.2.3: sub-attributes that are not specified are left unchanged. The same applies to add.
    read = read_incomplete(attribute, value, where, rules)
    return _merged(before, read, read_parts(attribute, value, where, rules))


def changed_list(change: Change) -> list[Any] | None:
    """The new list of a multi-valued attribute; None if it is empty."""
    path = change.path
    fits = dict if _attribute(path).is_complex else object  # a value that was stored under another schema is replaced
    before = [item for item in change.before if isinstance(item, fits)] if isinstance(change.before, list) else []
    if path.selects is not None:
        after = _change_selected(change, before)
    elif path.sub is not None:
        after = _change_parts(change, before, list(range(len(before))))
    else:
        after = _change_whole(change, before)
    if len(after) > len(change.before or ()):
        check_elements(after, path.text)
    return after or None


def _change_whole(change: Change, before: list[Any]) -> list[Any]:
    op, path, value, _, rules = change
    attribute = _attribute(path)
    if op == "remove":
        return _without_listed(change, before)
    if is_unassigned(value, rules):
        return [] if op == "replace" else before
    written: list[Any] = read_value(attribute, value, path.text, rules)
    if op == "replace":
        return written
    places = _Places(attribute, before)
    for element in written:
        at = places.find(element)
        if at is None:
            before.append(element)
            at = len(before) - 1
        else:
            before[at] = (
                {**element, **before[at], **_without_identity(element)} if isinstance(element, dict) else before[at]
            )
        if isinstance(element, dict) and element.get("primary") is True:  # at most one element
            before = keep_one_primary(before, [at])
            places = _Places(attribute, before)
        else:
            places.add(at, before[at])
    return before


def _without_listed(change: Change, before: list[Any]) -> list[Any]:
    """`remove` without a value removes all elements; with a value, as Entra sends it, only those that the value names."""
    op, path, value, _, rules = change
    if value is MISSING:
        return []
    if is_unassigned(value, rules):
        raise InvalidValue(f"{path.text}: the value of {op} is empty; omit value to remove all values")
    listed = read_value(_attribute(path), value, path.text, rules)
    named = _Named(_attribute(path), listed)
    return [element for element in before if element not in named]


def _change_selected(change: Change, before: list[Any]) -> list[Any]:
    op, path, value, _, rules = change
    assert path.selects is not None
    chosen = [at for at, element in enumerate(before) if path.selects(element)]
    if not chosen:
        return _without_match(change, before)
    if path.sub is not None:
        return _change_parts(change, before, chosen)
    if op == "remove" or is_unassigned(value, rules):
        gone = frozenset(chosen)
        return [element for at, element in enumerate(before) if at not in gone]
    merges = op == "add" and _attribute(path).is_complex
    written = (read_incomplete if merges else read_single)(_attribute(path), value, path.text, rules)
    for at in chosen:
        before[at] = {**before[at], **written} if op == "add" and isinstance(written, dict) else written
    if written == {}:
        return [element for element in before if element]
    return keep_one_primary(before, chosen if isinstance(written, dict) and written.get("primary") is True else [])


def _without_match(change: Change, before: list[Any]) -> list[Any]:
    """Handle a filter without matches: an error in RFC 7644 section 3.5.2.3, but Entra expects the element to be created."""
    op, path, value, _, rules = change
    if not rules.allows("remove-without-match" if op == "remove" else "filter-without-match"):
        raise NoTarget(f"{path.text} does not match any value")
    if op == "remove":
        return before  # the element to remove does not exist
    if path.template is None:
        raise NoTarget(f"{path.text} does not match any value")
    if is_unassigned(value, rules):
        return before
    attribute = _attribute(path)
    made: dict[str, Any] = dict(path.template)
    if path.sub is not None:
        made[path.sub.name] = value
    else:
        made.update(value if isinstance(value, dict) else read_single(attribute, value, path.text, rules))
    element = read_single(attribute, made, path.text, rules)
    if element == {} or element in before:
        return before  # the value is empty, or a repeated request would create the element again
    before.append(element)
    return keep_one_primary(before, [len(before) - 1] if element.get("primary") is True else [])


def _change_parts(change: Change, before: list[Any], chosen: list[int]) -> list[Any]:
    """Change one sub-attribute of the selected elements, and remove elements without any remaining sub-attribute."""
    sub = change.path.sub
    assert sub is not None
    if not before and change.op != "remove" and not is_unassigned(change.value, change.rules):
        made = _with_part({}, sub, change)
        return [made] if made else []
    for at in chosen:
        before[at] = _with_part(before[at], sub, change)
    sets_primary = sub.key == "primary" and any(before[at] and before[at].get("primary") is True for at in chosen)
    after = keep_one_primary(before, chosen[-1:] if sets_primary else [])
    return [element for element in after if element]


def _with_part(before: dict[str, Any], sub: Attribute, change: Change) -> Any:
    """The complex value with one sub-attribute set or removed; None if none is left."""
    after = dict(before)
    read: Any = []
    if change.op != "remove" and not is_unassigned(change.value, change.rules):
        read = read_value(sub, change.value, change.path.text, change.rules)
    if read == []:
        after.pop(sub.name, None)
    else:
        after[sub.name] = read
    return after or None


def _merged(before: dict[str, Any], read: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any] | None:
    after = {**before, **read}
    for name, part in parts.items():
        if part is None:
            after.pop(name, None)
    return after or None


class _Places:
    """Finds the existing element that equals a new one, with case-insensitive comparison unless caseExact."""

    def __init__(self, attribute: Attribute, elements: list[Any]) -> None:
        self._attribute = attribute
        self._first: dict[Hashable, int] = {}
        for at, element in enumerate(elements):
            self.add(at, element)

    def add(self, at: int, element: Any) -> None:
        count(2)
        self._first.setdefault(_identity(self._attribute, element), at)

    def find(self, element: Any) -> int | None:
        return self._first.get(_identity(self._attribute, element))


def _identity(attribute: Attribute, element: Any) -> Hashable:
    """The key by which elements are equal: value and type, or all sub-attributes if the element has no value."""
    if not isinstance(element, dict):
        return frozen(_folded(attribute, element))
    if "value" not in element:
        return frozen(element)
    subs = attribute.sub_attributes
    return tuple([frozen(_folded(subs.get(name), element.get(name))) for name in ("value", "type")])


def _without_identity(element: dict[str, Any]) -> dict[str, Any]:
    """The sub-attributes to update in an existing element, which keeps its value and type."""
    return {name: part for name, part in element.items() if name not in ("value", "type")}


def _folded(attribute: Attribute | None, value: Any) -> Any:
    if attribute is None or attribute.type != "string" or not isinstance(value, str):
        return value
    return exact(value) if attribute.case_exact else folded(value)


class _Named:
    """Matches the elements that a remove list names: by their value, or else by all sub-attributes of the item."""

    def __init__(self, attribute: Attribute, listed: Iterable[Any]) -> None:
        self._attribute = attribute
        self._keys: dict[
            tuple[str, ...] | None, set[Hashable]
        ] = {}  # names of the sub-attributes → the values in the items
        for item in listed:
            count(2)
            names = None
            if isinstance(item, dict):
                names = ("value",) if "value" in item else tuple(sorted(item))
            self._keys.setdefault(names, set()).add(self._key(names, item))

    def __contains__(self, element: object) -> bool:
        count(2 * len(self._keys))
        return any(self._key(names, element) in keys for names, keys in self._keys.items())

    def _key(self, names: tuple[str, ...] | None, element: Any) -> Hashable:
        if names is None:
            return frozen(_folded(self._attribute, element))
        if names == ("value",):
            return frozen(_folded(self._attribute.sub_attributes.get("value"), element.get("value")))
        return tuple([frozen(element.get(name)) for name in names])


def _attribute(path: Path) -> Attribute:
    assert path.attribute is not None
    return path.attribute
