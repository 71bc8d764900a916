"""At most one value of a multi-valued attribute is primary (RFC 7643 section 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def has_several_primaries(elements: Sequence[dict[str, Any]]) -> bool:
    """Whether a client marked more than one value as primary, which is an error."""
    return len(elements) > 1 and sum(1 for element in elements if element.get("primary") is True) > 1


def keep_one_primary(elements: list[Any], newly: list[int]) -> list[Any]:
    """The elements after those at `newly` became primary: `primary` of every other one becomes false (RFC 7644 3.5.2).

    If several became primary at once, the last one wins. Without any, the elements stay as they are.
    """
    if not newly:
        return elements
    winner = newly[-1]
    return [
        {**element, "primary": False} if at != winner and element and element.get("primary") is True else element
        for at, element in enumerate(elements)
    ]
