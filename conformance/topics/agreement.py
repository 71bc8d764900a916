"""Compare two representations of one resource, regardless of order, unassigned values, and the notation of dates."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding

Json = dict[str, Any]


def differing(left: Any, right: Any) -> dict[str, tuple[Any, Any]]:
    """The attributes in which two representations differ, by name; `urn:name` in extensions, `meta.name` in meta."""
    one, other = _flat(left), _flat(right)
    names = [*one, *(name for name in other if name not in one)]
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def must_agree(seen: Any, read: Any, place: str) -> None:
    """A response must show the same values as a GET."""
    for first, (got, expected) in differing(seen, read).items():
        raise Finding(f"{first} in {place} differs from {first} in a GET", json_of(expected)[:200], json_of(got)[:200])


def _flat(resource: Any) -> Json:
    flat: Json = {}
    for name, value in resource.items() if isinstance(resource, dict) else ():
        inner = value.items() if isinstance(value, dict) and (":" in name or name == "meta") else [("", value)]
        separator = ":" if ":" in name else "."
        flat |= {f"{name}{separator}{key}" if key else name: _canonical(held) for key, held in inner}
    return {name: value for name, value in flat.items() if value not in (None, "", [], {})}


def _canonical(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_canonical(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True, default=str))
    if isinstance(value, dict):
        return {name: _canonical(one) for name, one in value.items() if one not in (None, "", [], {})}
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return _instant(value)
    return value


def _instant(text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else text
