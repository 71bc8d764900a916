"""Whether a list stands in the order that was asked for, RFC 7644 section 3.4.2.3."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.model.comparing import Opinion, compare
from conformance.model.definitions import Definitions, type_of
from conformance.model.filter_model import Place, all_of, held_by, place_of, values_at
from conformance.model.filter_text import AttributePath


def in_order(
    resources: list[dict[str, Any]], path: AttributePath, definitions: Definitions, *, descending: bool = False
) -> Opinion:
    """Whether no resource stands before one that must come first; None where the order of two is open."""
    place = place_of(path, definitions)
    if place is None or type_of(place.last) == "complex":
        return None
    listed = list(reversed(resources)) if descending else resources
    return all_of(_may_precede(first, second, place) for first, second in pairwise(listed))


def _may_precede(first: dict[str, Any], second: dict[str, Any], place: Place) -> Opinion:
    """Ascending; a resource without a value comes last."""
    left, right = _sorted_by(first, place), _sorted_by(second, place)
    if "" in (left, right):
        return None  # no value, or the smallest one
    if left is None or right is None:
        return right is None
    if isinstance(left, bool):
        return None  # no order of true and false is given
    return True if left == right else compare(place.last, "le", left, right)


def _sorted_by(resource: dict[str, Any], place: Place) -> Any:
    """The value that counts: of a list the primary element's, else the first one's."""
    if place.part is None or not place.attribute.get("multiValued"):
        values = values_at(place, resource)
        return values[0] if values else None
    held = held_by(held_by(resource, place.urn) if place.urn else resource, place.attribute["name"]) or []
    elements = sorted(
        (one for one in held if isinstance(one, dict)), key=lambda one: held_by(one, "primary") is not True
    )
    return held_by(elements[0], place.part["name"]) if elements else None
