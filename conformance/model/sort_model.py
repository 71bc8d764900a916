"""Judge the order of a sorted list (RFC 7644 section 3.4.2.3)."""

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
    """Whether the resources are in order; None if the RFC leaves the order of two of them open."""
    place = place_of(path, definitions)
    if place is None or type_of(place.last) == "complex":
        return None
    listed = list(reversed(resources)) if descending else resources
    return all_of(_may_precede(first, second, place) for first, second in pairwise(listed))


def _may_precede(first: dict[str, Any], second: dict[str, Any], place: Place) -> Opinion:
    """Whether `first` may precede `second` in ascending order; a resource without a value comes last."""
    left, right = _sorted_by(first, place), _sorted_by(second, place)
    if "" in (left, right):
        return None  # an empty string may count as no value or as the smallest value
    if left is None or right is None:
        return right is None
    if isinstance(left, bool):
        return None  # the RFC defines no order of true and false
    return True if left == right else compare(place.last, "le", left, right)


def _sorted_by(resource: dict[str, Any], place: Place) -> Any:
    """The value to sort by; in a list, that of the primary or else the first element."""
    if place.part is None or not place.attribute.get("multiValued"):
        values = values_at(place, resource)
        return values[0] if values else None
    held = held_by(held_by(resource, place.urn) if place.urn else resource, place.attribute["name"]) or []
    elements = sorted(
        (one for one in held if isinstance(one, dict)), key=lambda one: held_by(one, "primary") is not True
    )
    return held_by(elements[0], place.part["name"]) if elements else None
