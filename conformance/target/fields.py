"""JSON of the target as checks read it: a key or an element that is missing is a finding, not an exception of the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsIndex, overload

from conformance.requirements.verdict import Finding
from simulator.wording import counted

_NESTED = (dict, list)


class Fields(dict[str, Any]):
    """A JSON object; reading a key that it lacks with `[...]` raises Finding."""

    def __missing__(self, key: str) -> Any:
        raise Finding(f"{key} is missing from the response", "a value", spelled(key, self) or "no such attribute")


class Items(list[Any]):
    """A JSON array; reading an element behind its end raises Finding."""

    @overload
    def __getitem__(self, at: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        try:
            return super().__getitem__(at)
        except IndexError:
            raise Finding(
                "a list in the response is too short",
                "another element",
                counted(len(self), "element"),
            ) from None


def readable(value: Any) -> Any:
    """The parsed JSON with every object as Fields and every array as Items."""
    if isinstance(value, dict):
        fields = Fields(value)
        for key, held in value.items():
            if isinstance(held, _NESTED):
                fields[key] = readable(held)
        return fields
    return Items(map(readable, value)) if isinstance(value, list) else value


def spelled(key: str, held: Mapping[str, Any]) -> str:
    """Another spelling of a missing key, in words: "found `ResourceType`"; empty when there is none."""
    other = next((name for name in held if name.lower() == key.lower()), None)
    return f"found `{other}`" if other else ""
