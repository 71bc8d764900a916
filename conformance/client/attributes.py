"""Walks through the attribute values that a client sent, each with its definition in the server's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.client.sent import Write
from conformance.model.definitions import Definition, Definitions, named, parts_of, type_of
from conformance.model.filter_model import place_of
from conformance.model.path_model import NotAPath, PatchPath, parse_path

MOST_ELEMENTS = 200  # elements of one list that are walked; a long list repeats itself


@dataclass(frozen=True)
class Value:
    """One value. `definition` is None for an attribute that the schemas lack; `op` is that of a PATCH operation.

    `single` says that the value is one element of a list, or may be one because a PATCH path leads to it. `place` is the
    URN of an extension that holds the attribute.
    """

    write: Write
    path: str
    value: Any
    definition: Definition | None
    op: str = ""
    single: bool = False
    extension: str = ""

    @property
    def type(self) -> str:
        return type_of(self.definition) if self.definition else ""

    @property
    def many(self) -> bool:
        return bool(self.definition and self.definition.get("multiValued"))

    @property
    def elements(self) -> list[Any]:
        """The value as a list without nulls."""
        held = self.value if isinstance(self.value, list) else [self.value]
        return [item for item in held if item is not None][:MOST_ELEMENTS]


def values_of(write: Write, known: Definitions) -> Iterator[Value]:
    """Every value of a write: those of a whole resource, or those that the operations of a PATCH carry."""
    if write.method in ("POST", "PUT"):
        yield from _of_object(write, write.body, known)
    for operation in write.operations:
        op, path, value = str(operation.get("op", "")).lower(), operation.get("path"), operation.get("value")
        if op not in ("add", "replace") or value is None:
            continue
        if isinstance(path, str) and path:
            yield from _at_path(write, path, value, known, op)
        elif isinstance(value, dict):
            yield from _of_object(write, value, known, op)


def _of_object(write: Write, body: dict[str, Any], known: Definitions, op: str = "") -> Iterator[Value]:
    for name, value in body.items():
        urn = known.urn(name)
        if urn and urn != known.core:
            yield Value(write, name, value, {"name": name, "type": "complex"}, op)
            for inner, held in value.items() if isinstance(value, dict) else ():
                found = named(known.by_urn[urn], inner)
                yield from _down(Value(write, f"{name}:{inner}", held, found, op, extension=urn))
        elif op and not name.isalnum():
            yield from _at_path(write, name, value, known, op)
        else:
            yield from _down(Value(write, name, value, known.attribute(known.core, name), op))


def _at_path(write: Write, path: str, value: Any, known: Definitions, op: str) -> Iterator[Value]:
    if (urn := known.urn(path)) and urn != known.core and isinstance(value, dict):
        yield from _of_object(write, {path: value}, known, op)
        return
    found = place(path, known)
    extension = next((one for one in known.extensions if path.lower().startswith(one.lower() + ":")), "")
    yield from _down(Value(write, path, value, found, op, single=True, extension=extension))


def _down(value: Value) -> Iterator[Value]:
    yield value
    if value.definition is None or value.type != "complex":
        return
    for element in value.elements:
        for name, held in element.items() if isinstance(element, dict) else ():
            part = named(parts_of(value.definition), name)
            yield Value(value.write, f"{value.path}.{name}", held, part, value.op, extension=value.extension)


def place(path: str, known: Definitions) -> Definition | None:
    """The definition at a PATCH path; None if the path is malformed or the schemas lack the attribute."""
    parsed = parsed_path(path)
    found = place_of(parsed.attribute, known) if parsed else None
    if parsed is None or found is None:
        return None
    if parsed.sub is not None:
        return named(parts_of(found.last), parsed.sub)
    return {**found.last, "multiValued": False} if parsed.condition is not None else found.last


def parsed_path(path: str) -> PatchPath | None:
    """The parts of a PATCH path; None if it does not follow the grammar."""
    try:
        return parse_path(path)
    except NotAPath:
        return None
