"""Compares values of an attribute, and finds missing values of a multi-valued attribute (docs/notes/entra.md 5.2)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any


def is_same(wanted: Any, held: Any, *, case_exact: bool = False) -> bool:
    """Whether two values count as equal. Strings are compared without case unless the target attribute is caseExact."""
    if wanted == "" and held is None:
        return True
    if isinstance(wanted, str) and isinstance(held, str) and not case_exact:
        return wanted == held or wanted.casefold() == held.casefold()
    return type(wanted) is type(held) and bool(wanted == held)


def is_missing(wanted: list[Any], held: Any) -> bool:
    """Whether the target lacks at least one of the wanted values of a multi-valued attribute."""
    have = {value_key(item) for item in held} if isinstance(held, list) else set()
    return any(value_key(item) not in have for item in wanted)


def value_key(item: Any) -> str:
    """The key by which values of a multi-valued attribute are compared.

    A target may return a role as a string that contains JSON; its `value` then counts.
    """
    value = item.get("value") if isinstance(item, dict) else item
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError, AttributeError):
            value = json.loads(value).get("value", value)
    return str(value).casefold()
