"""The JSON Schema and the documentation page of run streams, generated from the event types.

`python -m simulator.stream.schema` writes `docs/stream.schema.json` and `docs/stream.md` under the current directory.
"""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from simulator.stream import events

TOOLS: dict[str, Any] = {
    "simulate": events.SimulateEvent,
    "check": events.CheckEvent,
    "load": events.LoadEvent,
    "replay": events.ReplayEvent,
}
SCHEMA_PATH = Path("docs/stream.schema.json")
PAGE_PATH = Path("docs/stream.md")
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
_INTRODUCTION = """# The event stream

Every run of `simulate`, `check`, `load`, and `replay` produces one stream: a file of JSON lines. Keep it with `--stream
run.jsonl`. Every report is made from the stream alone, so `scimulator report run.jsonl` can write each of them later.
A program can read it during the run if `--stream` names a pipe or a device such as `/dev/stdout`.

The first line is the event `run`, the last line is the event `end`. A stream without `end` belongs to a run that was
interrupted. Times are strings in ISO 8601. [stream.schema.json](stream.schema.json) describes the same events as a JSON
Schema: validate a line against `#/$defs/simulate`, `#/$defs/check`, `#/$defs/load`, or `#/$defs/replay`.

This page and the schema are generated from `simulator/stream/events.py`.
"""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of all tools: `$defs` holds one union per tool and one object per event."""
    definitions: dict[str, Any] = {}
    for tool, union in TOOLS.items():
        definitions[tool] = {"anyOf": [_reference(kind, definitions) for kind in get_args(union)]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scimulator run stream",
        "description": "One line of a run stream.",
        "anyOf": [{"$ref": f"#/$defs/{tool}"} for tool in TOOLS],
        "$defs": dict(sorted(definitions.items())),
    }


def page() -> str:
    """The documentation page in Markdown: the events of each tool with their fields."""
    sections = [_INTRODUCTION]
    described: set[str] = set()
    for tool, union in TOOLS.items():
        sections.append(f"## `{tool}`\n")
        for kind in get_args(union):
            sections += _section(kind, described)
    return "\n".join(sections)


def _section(kind: Any, described: set[str]) -> Iterator[str]:
    """The heading and table of an event and of its parts. An event that was described before is linked."""
    name = event_name(kind)
    heading = f"### `{name}`" if name else f"#### {kind.__name__}"
    if kind.__name__ in described:
        if name:
            yield f"{heading}\n\nThe same as [above](#{name}).\n"
        return
    described.add(kind.__name__)
    yield f"{heading}\n\n{inspect.getdoc(kind)}\n\n| field | type | meaning |\n| --- | --- | --- |"
    parts = []
    for field, hint in get_type_hints(kind, include_extras=True).items():
        inner, meaning, optional = _unwrapped(hint)
        parts += list(_parts(inner))
        told = meaning + (" Optional." if optional else "")
        yield f"| `{field}` | {_words(inner)} | {told.strip()} |"
    yield ""
    for part in parts:
        yield from _section(part, described)


def event_name(kind: Any) -> str:
    """The value of the `event` field of an event type; empty for a part of an event."""
    hint = get_type_hints(kind).get("event")
    return str(get_args(hint)[0]) if hint is not None else ""


def _unwrapped(hint: Any) -> tuple[Any, str, bool]:
    """(type, meaning, whether the field may be absent) of a field."""
    optional = get_origin(hint) is NotRequired
    inner = get_args(hint)[0] if optional else hint
    if get_origin(inner) is Annotated:
        inner, meaning = get_args(inner)
        return inner, meaning, optional
    return inner, "", optional


def _parts(hint: Any) -> Iterator[Any]:
    """The record types that a field holds."""
    if is_typeddict(hint):
        yield hint
    for argument in get_args(hint):
        yield from _parts(argument)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _words(hint: Any) -> str:
    """A field's type as the page shows it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if _is_union(hint):
        return " or ".join(_words(argument) for argument in arguments)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return "object" if arguments[1] is Any else f"object of {_words(arguments[1])}"
    if is_typeddict(hint):
        return f"[{hint.__name__}](#{event_name(hint) or hint.__name__.lower()})"
    return "null" if hint is type(None) else _PLAIN.get(hint, "any")


def _reference(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; records go into `definitions`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if _is_union(hint):
        return {"anyOf": [_reference(argument, definitions) for argument in arguments]}
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _reference(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _reference(arguments[1], definitions)}
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # a placeholder, so that recursive records end
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hint is type(None):
        return {"type": "null"}
    return {"type": _PLAIN[hint]} if hint in _PLAIN else {}


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    properties, required = {}, []
    for field, hint in get_type_hints(kind, include_extras=True).items():
        inner, meaning, optional = _unwrapped(hint)
        if not optional:
            required.append(field)
        properties[field] = {**_reference(inner, definitions), **({"description": meaning} if meaning else {})}
    return {
        "type": "object",
        "description": inspect.getdoc(kind),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def main() -> None:
    """Write both files under the current directory."""
    SCHEMA_PATH.write_text(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE_PATH.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
