"""Which values of an attribute are equal, and which values of a multi-valued attribute are missing (docs/notes/entra.md 5.2)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any


def is_same(wanted: Any, held: Any, *, case_exact: bool = False) -> bool:
    """Whether two values count as equal: texts without case unless the target attribute is caseExact (5.2)."""
    if wanted == "" and held is None:
        return True
    if isinstance(wanted, str) and isinstance(held, str) and not case_exact:
        return wanted == held or wanted.casefold() == held.casefold()
    return type(wanted) is type(held) and bool(wanted == held)


def is_missing(wanted: list[Any], held: Any) -> bool:
    """Whether some value of a multi-valued attribute is not among those held."""
    have = {value_key(item) for item in held} if isinstance(held, list) else set()
    return any(value_key(item) not in have for item in wanted)


def value_key(item: Any) -> str:
    """What makes a value of a multi-valued attribute the same; a role may come back as JSON in a text (3.5)."""
    value = item.get("value") if isinstance(item, dict) else item
    if isinstance(value, str) and value.startswith("{"):
        with suppress(ValueError, AttributeError):
            value = json.loads(value).get("value", value)
    return str(value).casefold()
