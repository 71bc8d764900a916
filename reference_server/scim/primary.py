"""Ensures that at most one value of a multi-valued attribute is primary (RFC 7643 section 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def has_several_primaries(elements: Sequence[dict[str, Any]]) -> bool:
    """Whether a client marked more than one value as primary, which is an error."""
    return len(elements) > 1 and len([True for element in elements if element.get("primary") is True]) > 1


def keep_one_primary(elements: list[Any], newly: list[int]) -> list[Any]:
    """The elements after those at `newly` became primary. All others become non-primary (RFC 7644 section 3.5.2).

    If several became primary in one operation, the last one wins. If `newly` is empty, nothing changes.
    """
    if not newly:
        return elements
    winner = newly[-1]
    return [
        {**element, "primary": False} if at != winner and element and element.get("primary") is True else element
        for at, element in enumerate(elements)
    ]
