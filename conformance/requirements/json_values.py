"""Shows a value in a finding as JSON, which is how it appears in requests and responses."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any


def json_of(value: Any, most: int = 0) -> str:
    """The JSON of a value, cut after `most` characters if that is not 0."""
    words = json.dumps(value, ensure_ascii=False, default=_other)
    return words if not most or len(words) <= most else words[: most - 1] + "…"


def type_name(value: Any) -> str:
    """The name of the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    kinds = ((dict, "object"), (list, "array"), (str, "string"), (int | float, "number"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def _other(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, Set) else str(value)
