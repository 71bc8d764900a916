"""Checks that a line of a stream matches the type that `events.py` defines for its event, because files can be damaged."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from simulator.stream import events

UNIONS: dict[str, Any] = {
    "simulate": events.SimulateEvent,
    "check": events.CheckEvent,
    "load": events.LoadEvent,
    "replay": events.ReplayEvent,
}
Checker = Callable[
    [Any], str
]  # returns where a value differs from its type, such as ".target.url"; empty if it matches
_PLAIN: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    type(None): (type(None),),
}


def misfit(tool: str, event: dict[str, Any]) -> str:
    """The path of the first value that does not match the tool's event type; empty if all match.

    For an event that the tool does not have, the path is `event`.
    """
    found = _events_of(tool).get(str(event.get("event")))
    if found is None:
        return "event"
    return _checker(found)(event).removeprefix(".")


@functools.cache
def _events_of(tool: str) -> dict[str, Any]:
    kinds = get_args(UNIONS[tool]) if tool in UNIONS else ()
    return {get_args(get_type_hints(kind)["event"])[0]: kind for kind in kinds}


@functools.cache
def _checker(hint: Any) -> Checker:
    origin = get_origin(hint)
    if origin in (Annotated, NotRequired):
        return _checker(get_args(hint)[0])
    if is_typeddict(hint):
        return _of_fields(hint)
    if origin is list:
        inner = _checker(get_args(hint)[0])
        return lambda value: _first(value, list, enumerate, inner)
    if origin is dict:
        inner = _checker(get_args(hint)[1])
        return lambda value: _first(value, dict, dict.items, inner)
    if origin in (Union, types.UnionType):
        options = [_checker(option) for option in get_args(hint)]
        return lambda value: "" if any(not option(value) for option in options) else options[0](value) or "."
    if origin is Literal:
        allowed = get_args(hint)
        return lambda value: "" if any(value == one and type(value) is type(one) for one in allowed) else "."
    if hint in _PLAIN:
        wanted = _PLAIN[hint]
        return lambda value: "" if type(value) in wanted else "."
    return lambda value: ""


def _of_fields(kind: Any) -> Checker:
    fields = get_type_hints(kind, include_extras=True)
    checkers = {name: _checker(hint) for name, hint in fields.items()}
    required = kind.__required_keys__ - {name for name, hint in fields.items() if get_origin(hint) is NotRequired}

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return "."
        for name, checker in checkers.items():
            inner = checker(value[name]) if name in value else "." if name in required else ""
            if inner:
                return f".{name}{inner.rstrip('.')}"
        return ""

    return check


def _first(value: Any, kind: type, items: Callable[[Any], Any], inner: Checker) -> str:
    if not isinstance(value, kind):
        return "."
    return next((f"[{key}]{found.rstrip('.')}" for key, item in items(value) if (found := inner(item))), "")
