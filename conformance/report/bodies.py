"""Reads the bodies of requests and responses: objects, resources, and members. Unreadable bodies yield nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson


def member_values(body: str | None) -> Iterator[str]:
    parsed = object_of(body)
    yield from values_of(parsed.get("members"))
    for operation in parsed.get("Operations") or () if isinstance(parsed.get("Operations"), list) else ():
        value = operation.get("value") if isinstance(operation, dict) else None
        yield from values_of(value.get("members") if isinstance(value, dict) else value)


def values_of(members: Any) -> list[str]:
    listed = members if isinstance(members, list) else []
    return [str(item["value"]) for item in listed if isinstance(item, dict) and "value" in item]


def resources_of(body: str | None) -> list[dict[str, Any]]:
    parsed = object_of(body)
    listed = parsed.get("Resources")
    found = listed if isinstance(listed, list) else [parsed]
    return [item for item in found if isinstance(item, dict) and "id" in item]


def object_of(body: str | None) -> dict[str, Any]:
    if not body or body[:1] not in "{ \n":
        return {}
    try:
        parsed = orjson.loads(body)
    except ValueError:  # also for a body that is nested too deeply
        return {}
    return parsed if isinstance(parsed, dict) else {}
