"""Evaluate a filter on one resource, exactly as RFC 7644 section 3.4.2.2 defines it.

None means that the RFC leaves the result open. An open part makes the whole open only if it decides the result:
`False and open` is False.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from conformance.model.comparing import ORDERS, Opinion, compare, moment
from conformance.model.definitions import Definition, Definitions, named, parts_of, points_at_a_resource, type_of
from conformance.model.filter_text import And, AttributePath, Compare, Not, Or, Present, Tree, ValuePath, parse_filter

__all__ = ["Place", "Refusal", "is_known_elsewhere", "matches", "parse_filter", "place_of", "refusal", "values_at"]

# The attributes of a whole resource or, inside brackets, the sub-attributes of one complex attribute.
Scope = Definitions | Definition


@dataclass(frozen=True, slots=True)
class Place:
    """An attribute that a path refers to: `urn` is None except for extensions, `part` is the sub-attribute."""

    urn: str | None
    attribute: Definition
    part: Definition | None = None

    @property
    def last(self) -> Definition:
        """The definition of the values at this place."""
        return self.attribute if self.part is None else self.part


class Refusal(IntEnum):
    """Whether a server may reject a filter with 400 invalidFilter."""

    NEVER = 0
    MAY = 1
    MUST = 2


def matches(tree: Tree, resource: dict[str, Any], scope: Scope) -> Opinion:
    """Whether the resource (or, inside brackets, one element) matches the filter; None if the RFC leaves it open."""
    match tree:
        case And(left, right):
            return all_of(matches(side, resource, scope) for side in (left, right))
        case Or(left, right):
            return any_of(matches(side, resource, scope) for side in (left, right))
        case Not(inner):
            # The complement, even if the attribute has no value.
            return opposite(matches(inner, resource, scope))
        case ValuePath(path, inner):
            return _any_element(path, inner, resource, scope)
        case Present(path):
            return _present(place_of(path, scope), resource)
        case Compare(path, op, value):
            return _compared(place_of(path, scope), op, value, resource, is_known_elsewhere(path, scope))


def refusal(tree: Tree, scope: Scope) -> Refusal:
    """Whether a server may or must reject the filter, regardless of the stored resources."""
    match tree:
        case And(left, right) | Or(left, right):
            return max(refusal(left, scope), refusal(right, scope))
        case Not(inner, spaced):
            # The RFC's grammar has no space after `not`, its examples have one; a server must accept the latter.
            return max(refusal(inner, scope), Refusal.NEVER if spaced else Refusal.MAY)
        case ValuePath(path, inner):
            place = place_of(path, scope)
            if place is None or place.part is not None or type_of(place.attribute) != "complex":
                return Refusal.MAY
            return max(Refusal.MAY, refusal(inner, place.attribute))  # brackets MAY be supported
        case Present(path):
            return _refusal_at(path, scope)
        case Compare(path, op, value):
            return max(_refusal_at(path, scope), _refusal_of_comparison(place_of(path, scope), op, value))


def place_of(path: AttributePath, scope: Scope) -> Place | None:
    """The place of this path in the schemas, in any case; None if the schemas lack it."""
    if not isinstance(scope, Definitions):
        part = named(parts_of(scope), path.name)
        return Place(None, _as_element(scope, part)) if part and not path.urn and not path.sub else None
    urn = scope.urn(path.urn or scope.core)
    attribute = scope.attribute(urn, path.name) if urn else None
    if urn is None or attribute is None:
        return None
    home = None if urn == scope.core else urn
    if path.sub is None:
        return Place(home, attribute)
    part = named(parts_of(attribute), path.sub)
    return Place(home, attribute, _as_element(attribute, part)) if part else None


def values_at(place: Place, resource: dict[str, Any]) -> list[Any]:
    """All values at the place; a missing `primary` of an element is false (RFC 7643 section 2.4)."""
    held = held_by(held_by(resource, place.urn) if place.urn else resource, place.attribute["name"])
    found = held if isinstance(held, list) else [held]
    if place.part is not None:
        found = [held_by(one, place.part["name"]) for one in found if isinstance(one, dict)]
    if place.last.get("falseIfMissing"):
        found = [False if one is None else one for one in found]
    return [value for value in found if not is_unassigned(value)]


def held_by(holder: Any, name: str) -> Any:
    """The value under a name in any case; None if there is none."""
    if not isinstance(holder, dict):
        return None
    wanted = name.lower()
    return next((value for key, value in holder.items() if key.lower() == wanted), None)


def is_unassigned(value: Any) -> bool:
    """Whether it is null, an empty array, or an object without values, which all mean no value (RFC 7643 section 2.5)."""
    if isinstance(value, dict):
        return all(is_unassigned(part) for part in value.values())
    if isinstance(value, list):
        return all(is_unassigned(part) for part in value)
    return value is None


def all_of(opinions: Iterable[Opinion]) -> Opinion:
    given = list(opinions)
    return False if False in given else (None if None in given else True)


def any_of(opinions: Iterable[Opinion]) -> Opinion:
    given = list(opinions)
    return True if True in given else (None if None in given else False)


def opposite(opinion: Opinion) -> Opinion:
    return None if opinion is None else not opinion


# ── the three kinds of expression ──


def _any_element(path: AttributePath, inner: Tree, resource: dict[str, Any], scope: Scope) -> Opinion:
    """Whether one element matches all conditions in the brackets."""
    place = place_of(path, scope)
    if place is None or place.part is not None or not place.attribute.get("multiValued"):
        return None  # brackets on a single complex value, or within brackets: the RFC does not define them
    if type_of(place.attribute) != "complex":
        return None  # brackets on simple values, which have no sub-attributes: the RFC does not define them
    return any_of(matches(inner, element, place.attribute) for element in values_at(place, resource))


def _present(place: Place | None, resource: dict[str, Any]) -> Opinion:
    if place is None:
        return False  # a server may reject an unknown attribute, but it matches nothing
    if place.last.get("returned") == "never":
        return None
    values = [value for value in values_at(place, resource) if not is_unassigned(value)]
    if "" in values or place.last.get("falseIfMissing"):
        return None  # an empty string or a missing primary may count as a value or not
    return bool(values)


def _compared(place: Place | None, op: str, asked: Any, resource: dict[str, Any], elsewhere: bool) -> Opinion:
    if place is None:
        return None if op == "ne" or asked is None or elsewhere else False  # an unknown attribute has no value
    if place.last.get("returned") == "never":
        return None
    if type_of(place.last) == "complex":
        return None  # the RFC does not define comparisons of a complex attribute without a sub-attribute
    if asked is None:
        return _compared_with_null(place, op, resource)
    values = values_at(place, resource)
    if op == "ne":
        return (
            compare(place.last, op, values[0], asked) if len(values) == 1 else None
        )  # open for no value and for several values
    if not values:
        return None if asked == "" and op == "eq" else False
    return any_of(compare(place.last, op, value, asked) for value in values)


def _compared_with_null(place: Place, op: str, resource: dict[str, Any]) -> Opinion:
    """`eq null` means `not (… pr)`; for several elements, the RFC leaves open which of them must have no value."""
    if op not in ("eq", "ne") or (place.part is not None and place.attribute.get("multiValued")):
        return None
    present = _present(place, resource)
    return present if op == "ne" else opposite(present)


# ── filters that a server may reject ──


def _refusal_at(path: AttributePath, scope: Scope) -> Refusal:
    place = place_of(path, scope)
    if place is None or place.last.get("returned") == "never":
        return Refusal.MAY
    odd = "$" in str(path) or path.name.lower() == "schemas"
    return Refusal.MAY if odd else Refusal.NEVER


def _refusal_of_comparison(place: Place | None, op: str, asked: Any) -> Refusal:
    if place is None:
        return Refusal.MAY
    kind = type_of(place.last)
    if kind in ("boolean", "binary") and op in ORDERS:
        return Refusal.MUST
    fitting: dict[str, Callable[[Any], bool]] = {
        "boolean": lambda value: isinstance(value, bool) and op in ("eq", "ne"),
        "integer": lambda value: type(value) is int and op not in ("co", "sw", "ew"),
        "decimal": lambda value: type(value) in (int, float) and op not in ("co", "sw", "ew"),
        "datetime": lambda value: moment(value) is not None and op not in ("co", "sw", "ew"),
        "complex": lambda value: False,
        "reference": lambda value: isinstance(value, str) and op not in ORDERS,
    }
    fits = fitting.get(kind, lambda value: isinstance(value, str) and value != "")
    return Refusal.NEVER if fits(asked) else Refusal.MAY


# ── places ──


def _as_element(parent: Definition, part: Definition) -> Definition:
    """The sub-attribute with its role: the id of a resource (`holdsId`) or the primary flag (`falseIfMissing`)."""
    name = str(part["name"]).lower()
    refers = points_at_a_resource(parent)
    primary = name == "primary" and type_of(part) == "boolean" and parent.get("multiValued") is True
    return {**part, "holdsId": refers and name == "value", "falseIfMissing": primary}


def is_known_elsewhere(path: AttributePath, scope: Scope) -> bool:
    """Whether it is an extension's attribute without its URN, which some servers accept."""
    if not isinstance(scope, Definitions) or path.urn:
        return False
    return any(named(scope.by_urn[urn], path.name) for urn in scope.extensions)
