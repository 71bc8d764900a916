"""Edits of JSON objects: the body of a request, the body of a reply, or each resource in a reply.

A path names an attribute: `userName`, `name.givenName`, `emails[].value` (in every element), `ENTERPRISE.manager` (in the
enterprise extension). A pattern is a regular expression that is searched in a value's text; any other value must be equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a JSON object. It returns a new object."""

    apply: Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A change of a single value."""

    apply: Callable[[Any], Any]


def edited(held: Json, edits: Iterable[Edit]) -> Json:
    """The object after all edits, in their order."""
    for edit in edits:
        held = edit.apply(held)
    return held


# ── edits ──


def assign(path: str = "", value: Any = None, /, **attributes: Any) -> Edit:
    """Set an attribute, whether or not it is present. Several top-level attributes can be given as keywords."""
    new = ({path: value} if path else {}) | attributes
    return Edit(lambda held: edited(held, [_edit(name, _set(to)) for name, to in new.items()]))


def overwrite(path: str, value: Any) -> Edit:
    """Set an attribute only where it is present."""
    return alter(path, ValueChange(lambda _: value))


def default(path: str, value: Any) -> Edit:
    """Set an attribute only where it is missing."""
    return _edit(path, lambda held, name: {name: value, **held})


def drop(*paths: str) -> Edit:
    """Remove attributes."""
    edits = [_edit(path, lambda held, name: {key: held[key] for key in held if key != name}) for path in paths]
    return Edit(lambda held: edited(held, edits))


def only(*names: str) -> Edit:
    """Remove every attribute except these."""
    return Edit(lambda held: {name: value for name, value in held.items() if name in names})


def alter(path: str, change: ValueChange) -> Edit:
    """Change the value of an attribute where it is present."""
    if not isinstance(change, ValueChange):
        raise TypeError(f"needs a change of a value such as lower(), not {change!r}")
    return _edit(path, lambda held, name: {**held, name: change.apply(held[name])} if name in held else held)


def copy(source: str, target: str) -> Edit:
    """Set the attribute `target` to the value of the attribute `source`, where that is present."""

    def copied(held: Json) -> Json:
        found = values_at(held, source)
        return edited(held, [_edit(target, _set(found[0]))]) if found else held

    return Edit(copied)


def append(path: str, value: Any) -> Edit:
    """Add an element to the end of a list."""
    return alter(path, ValueChange(lambda held: [*held, value] if isinstance(held, list) else held))


def keep(path: str, member: str, pattern: Any = "") -> Edit:
    """Keep only those elements of a list whose attribute `member` is present and fits the pattern."""
    fits = fitting(pattern)
    return alter(path, ValueChange(lambda held: [one for one in held if any(map(fits, values_at(one, member)))]))


def discard(path: str, member: str, pattern: Any = "") -> Edit:
    """Remove the elements of a list whose attribute `member` is present and fits the pattern."""
    fits = fitting(pattern)
    return alter(path, ValueChange(lambda held: [one for one in held if not any(map(fits, values_at(one, member)))]))


def each(path: str, *edits: Edit) -> Edit:
    """Edit every element of a list."""
    return alter(path, ValueChange(lambda held: [edited(one, edits) for one in held]))


def matching(path: str, pattern: Any, *edits: Edit) -> Edit:
    """Edit the object only if its attribute at `path` is present and fits the pattern."""
    fits = fitting(pattern)
    return Edit(lambda held: edited(held, edits) if any(map(fits, values_at(held, path))) else held)


# ── changes of a value ──


def lower() -> ValueChange:
    """The string in lower case."""
    return ValueChange(lambda held: str(held).lower())


def upper() -> ValueChange:
    """The string in upper case."""
    return ValueChange(lambda held: str(held).upper())


def string() -> ValueChange:
    """A Boolean or a number as a string."""
    return ValueChange(lambda held: str(held).lower())


def integer() -> ValueChange:
    """A Boolean or a string of digits as a number."""
    return ValueChange(int)


def number_of_id() -> ValueChange:
    """The first eight hexadecimal digits of an id as a number."""
    return ValueChange(lambda held: int(str(held)[:8], 16))


def prefix(text: str) -> ValueChange:
    """The string with this text in front."""
    return ValueChange(lambda held: f"{text}{held}")


def suffix(text: str) -> ValueChange:
    """The string with this text behind."""
    return ValueChange(lambda held: f"{held}{text}")


def sub(pattern: str, replacement: str) -> ValueChange:
    """The string with every match of the pattern replaced."""
    compiled = re.compile(pattern)
    return ValueChange(lambda held: compiled.sub(replacement, str(held)))


def cut(start: int | None, stop: int | None) -> ValueChange:
    """The part of a list or string from `start` to `stop`, as in a Python slice."""
    return ValueChange(lambda held: held[start:stop])


def first() -> ValueChange:
    """The first element of a list in place of the list."""
    return ValueChange(lambda held: held[0])


def backwards() -> ValueChange:
    """The list in reverse order."""
    return ValueChange(lambda held: held[::-1])


def twice() -> ValueChange:
    """The list with all of its elements twice."""
    return ValueChange(lambda held: [*held, *held])


def pluck(name: str) -> ValueChange:
    """One attribute in place of the object that holds it; in a list, for every element."""
    return ValueChange(lambda held: [one[name] for one in held] if isinstance(held, list) else held[name])


# ── paths and patterns ──


def values_at(held: Any, path: str) -> list[Any]:
    """The values at a path: none where it leads nowhere, several where it passes through a list."""
    found = [held]
    for step in _steps(path):
        if step == "[]":
            found = [one for value in found if isinstance(value, list) for one in value]
        else:
            found = [value[step] for value in found if isinstance(value, dict) and step in value]
    return found


def fitting(pattern: Any) -> Callable[[Any], bool]:
    """Whether a value fits: a string is searched as a regular expression, anything else must be equal."""
    if isinstance(pattern, str):
        compiled = re.compile(pattern)
        return lambda value: compiled.search(str(value)) is not None
    return lambda value: value == pattern and type(value) is type(pattern)


def _edit(path: str, change: Callable[[Json, str], Json]) -> Edit:
    steps = _steps(path)
    return Edit(lambda held: dict(_within(held, steps, change)))


def _set(value: Any) -> Callable[[Json, str], Json]:
    return lambda held, name: {**held, name: value}


def _steps(path: str) -> list[str]:
    if path.startswith("urn:"):
        return [path]
    steps = path.replace("[]", ".[]").split(".")
    return [ENTERPRISE if step == "ENTERPRISE" else step for step in steps]


def _within(held: Any, steps: list[str], change: Callable[[Json, str], Json]) -> Any:
    step, rest = steps[0], steps[1:]
    if step == "[]":
        return [_within(one, rest, change) for one in held] if isinstance(held, list) and rest else held
    if not isinstance(held, dict):
        return held
    if not rest:
        return change(held, step)
    return {**held, step: _within(held[step], rest, change)} if step in held else held
