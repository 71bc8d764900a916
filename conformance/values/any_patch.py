"""Hypothesis strategies for PATCH operations on changeable attributes whose result the model can predict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from conformance.model.definitions import (
    COMMON,
    Definition,
    Definitions,
    is_writable,
    named,
    parts_of,
    points_at_a_resource,
    type_of,
)
from conformance.model.filter_model import held_by
from conformance.model.outcome import Open
from conformance.model.patch_model import apply_patch
from conformance.values.any_filter import literal
from conformance.values.any_value import any_value

Operation = dict[str, Any]
Strategy = st.SearchStrategy[Operation]
seeds = st.integers(0, 99).map(Random)


@dataclass(frozen=True, slots=True)
class Field:
    """A writable attribute: its path (with a URN for extensions), its definition, and its current value."""

    path: str
    definition: Definition
    value: Any
    mark: str


def patches(
    resource: dict[str, Any], definitions: Definitions, *, mark: str = "", max_operations: int = 3
) -> st.SearchStrategy[list[Operation]]:
    """Lists of one to `max_operations` add, replace, and remove operations, none with a result that the RFC leaves open."""
    fields = list(patchable(resource, definitions, mark))
    one = _evenly(
        [_evenly([_operations(field) for field in fields if _kind(field) == kind]) for kind in _kinds(fields)]
    )
    listed = st.lists(one, min_size=1, max_size=max_operations)

    @st.composite
    def operations(draw: st.DrawFn) -> list[Operation]:
        chosen = draw(listed)
        if not _is_judged(resource, chosen, definitions):
            reject()
        return chosen

    return operations()


def _is_judged(resource: dict[str, Any], operations: list[Operation], definitions: Definitions) -> bool:
    return not any(isinstance(outcome, Open) for outcome in apply_patch(resource, operations, definitions))


def patchable(resource: dict[str, Any], definitions: Definitions, mark: str) -> Iterator[Field]:
    """The attributes that a client can change and read, except references, which would need other resources."""
    external_id = named(COMMON, "externalId")
    assert external_id is not None
    for urn, definition in [(definitions.core, external_id), *definitions.every()]:
        if not _is_seen(definition) or points_at_a_resource(definition):
            continue
        core = urn == definitions.core
        home = resource if core else held_by(resource, urn)
        path = definition["name"] if core else f"{urn}:{definition['name']}"
        yield Field(path, definition, held_by(home, definition["name"]), mark)


def _is_seen(definition: Definition) -> bool:
    hidden = definition.get("returned") in ("never", "request") or definition.get("mutability") == "writeOnly"
    return is_writable(definition) and not hidden


def _evenly(strategies: list[Strategy]) -> Strategy:
    """Draw each strategy equally often; `one_of` would flatten them and favor the one with the most parts."""
    return st.integers(0, len(strategies) - 1).flatmap(lambda place: strategies[place])


def _kinds(fields: list[Field]) -> list[str]:
    """The kinds of attributes, drawn equally often: single values are the most frequent, but lists find the most bugs."""
    return sorted({_kind(field) for field in fields})


def _kind(field: Field) -> str:
    if field.definition.get("multiValued"):
        return "list"
    return "object" if type_of(field.definition) == "complex" else "single"


def _operations(field: Field) -> Strategy:
    whole = _whole(field) | _pathless(field)
    if type_of(field.definition) != "complex":
        return whole
    parts = [part for part in parts_of(field.definition) if _is_seen(part) and not points_at_a_resource(part)]
    parts = [part for part in parts if part["name"] != "formatted"]
    if not parts:
        return whole
    if field.definition.get("multiValued"):
        return _evenly([whole, _elements(field, parts)])
    return _evenly([whole, st.one_of([_of_part(field, part) for part in parts])])


def _whole(field: Field) -> Strategy:
    return st.one_of(_written(field.path, field.definition, field.mark), st.just({"op": "remove", "path": field.path}))


def _pathless(field: Field) -> Strategy:
    urn, _, name = field.path.rpartition(":")
    return st.builds(
        lambda op, random: {"op": op, "value": _nested(urn, name, _value(field.definition, random, field.mark))},
        st.sampled_from(["add", "replace"]),
        seeds,
    )


def _nested(urn: str, name: str, value: Any) -> dict[str, Any]:
    return {urn: {name: value}} if urn else {name: value}


def _of_part(field: Field, part: Definition) -> Strategy:
    path = f"{field.path}.{part['name']}"
    return _written(path, part, field.mark, field.definition["name"]) | st.just({"op": "remove", "path": path})


def _elements(field: Field, parts: list[Definition]) -> Strategy:
    """Paths such as `emails[type eq "work"]` and `emails[type eq "work"].value`, with conditions from existing elements."""
    single = {**field.definition, "multiValued": False}
    name = field.definition["name"]

    def of(path: str) -> list[Strategy]:
        whole = [_written(path, single, field.mark), st.just({"op": "remove", "path": path})]
        written = [_written(f"{path}.{part['name']}", part, field.mark, name) for part in parts]
        return [*whole, *written, *(st.just({"op": "remove", "path": f"{path}.{part['name']}"}) for part in parts)]

    return st.one_of([one for path in _conditions(field, parts) for one in of(path)])


def _conditions(field: Field, parts: list[Definition]) -> list[str]:
    """One condition for each sub-attribute of each element, and one that matches nothing."""
    asked = [part for part in parts if type_of(part) == "string"] or parts
    found = [
        f"{field.path}[{part['name']} eq {literal(held_by(element, part['name']))}]"
        for element in field.value or ()
        for part in asked
        if held_by(element, part["name"]) not in (None, "")
    ]
    return [*found, f'{field.path}[{asked[0]["name"]} eq "nobody"]']


def _written(path: str, definition: Definition, mark: str, within: str = "") -> Strategy:
    return st.builds(
        lambda op, random: {"op": op, "path": path, "value": _value(definition, random, mark, within)},
        st.sampled_from(["add", "replace"]),
        seeds,
    )


def _value(definition: Definition, random: Random, mark: str, within: str = "") -> Any:
    """A valid value; an object has only some sub-attributes, so that the effect on the others becomes visible."""
    value = any_value(definition, random, mark=mark, within=within)
    if not isinstance(value, dict):
        return value
    needed = {part["name"] for part in parts_of(definition) if part.get("required") is True} | {"value"}
    kept = {name: part for name, part in value.items() if name in needed or random.random() < 0.5}
    return kept or value
