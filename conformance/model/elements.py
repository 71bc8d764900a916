"""The results of add and replace on lists: new, merged, and repeated values, and primary (RFC 7643 2.4, RFC 7644 3.5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conformance.model.definitions import Definition
from conformance.model.likeness import canonical

Elements = list[Any]


def added(definition: Definition, before: Elements, new: Elements) -> list[Elements]:
    """The possible lists after adding the elements of `new` one by one."""
    lists = [before]
    for element in new:
        lists = [after for held in lists for after in _with_one(definition, held, element)]
    return lists


def tidied(definition: Definition, elements: Elements) -> list[Elements]:
    """The list unchanged, and without repetitions, because a server SHOULD NOT return a (type, value) pair twice."""
    first_kept: Elements = []
    last_wins: Elements = []
    for element in elements:
        if (place := _repeated(definition, first_kept, element)) is None:
            first_kept.append(element)
            last_wins.append(element)
        elif isinstance(element, dict):
            last_wins[place] = {**last_wins[place], **element}
    return _distinct([elements, first_kept, last_wins])


def with_one_primary(elements: Elements, winner: Any) -> Elements:
    """The list with `winner`, one of its elements by identity, as the only primary element."""
    return [one if one is winner or not is_primary(one) else {**one, "primary": False} for one in elements]


def is_primary(element: Any) -> bool:
    return isinstance(element, dict) and element.get("primary") is True


def same(definition: Definition, left: Any, right: Any) -> bool:
    """Whether two elements are equal."""
    single = {**definition, "mutability": "readWrite"}
    return bool(canonical(single, [left]) == canonical(single, [right]))


def same_value(definition: Definition, left: Any, right: Any) -> bool:
    """Whether two elements have the same `value`, regardless of other sub-attributes."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return same(definition, left, right)
    given = [{"value": one.get("value")} for one in (left, right)]
    return given[0]["value"] is not None and same(definition, given[0], given[1])


def _with_one(definition: Definition, before: Elements, new: Any) -> Iterator[Elements]:
    """The possible lists: an existing element changes nothing; one with the same value may be merged with the existing one."""
    if any(same(definition, held, new) for held in before):
        yield before
        return
    appended = [*before, new]
    yield with_one_primary(appended, new) if is_primary(new) else appended
    for place, held in enumerate(before):
        if same_value(definition, held, new):
            merged = {**held, **new} if isinstance(held, dict) else held
            after = [*before[:place], merged, *before[place + 1 :]]
            yield with_one_primary(after, merged) if is_primary(new) else after
            if not is_primary(new):
                yield before  # a server may keep one or two elements for an address with two types (RFC 7643 2.4)


def _repeated(definition: Definition, held: Elements, new: Any) -> int | None:
    for place, one in enumerate(held):
        if same(definition, one, new):
            return place
        if same_value(definition, one, new) and isinstance(one, dict):
            kinds = [str(side.get("type") or "").lower() for side in (one, new)]
            if kinds[0] == kinds[1]:
                return place
    return None


def _distinct(lists: Iterable[Elements]) -> list[Elements]:
    found: list[Elements] = []
    for one in lists:
        if one not in found:
            found.append(one)
    return found
