"""Hypothesis strategies for filters whose result on a pool of resources the model can predict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from conformance.model.definitions import COMMON, Definition, Definitions, named, parts_of, type_of
from conformance.model.filter_model import Place, Refusal, held_by, matches, parse_filter, refusal, values_at

OPERATORS = {
    "string": ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"),
    "datetime": ("gt", "ge", "lt", "le"),
    "integer": ("eq", "ne", "gt", "ge", "lt", "le"),
    "decimal": ("eq", "ne", "gt", "ge", "lt", "le"),
    "boolean": ("eq", "ne"),
}
MOMENTS = ("2001-01-01T00:00:00Z", "2999-12-31T23:59:59+02:00", "2001-01-01T02:00:00.000+02:00")
WORDS = st.sampled_from([" and ", " or "])
JOINED = ("{} and {}", "{} or {}", "({} or {})", "({} and {})", "not ({1}) and {0}", "{0} or not ({1})")


@dataclass(frozen=True, slots=True)
class Term:
    """An attribute that a filter can use: its path, its place in the schemas, and its values in the pool."""

    path: str
    place: Place
    values: tuple[Any, ...]


def filters(pool: Sequence[dict[str, Any]], definitions: Definitions) -> st.SearchStrategy[str]:
    """Filters with comparisons, `pr`, and value paths, joined by and, or, and not; none that a server must reject.

    The model predicts the result for at least one resource of the pool.
    """
    terms = list(filterable(pool, definitions))
    leaves = _one_of_each([_about(term, term.path) for term in terms])
    if lists := [term for term in terms if term.place.part is not None and term.place.attribute.get("multiValued")]:
        leaves = leaves | _value_paths(lists)

    # Composite strategies have short names in messages; these would otherwise list thousands of strings.
    @st.composite
    def expression(draw: st.DrawFn) -> str:
        return draw(leaves)

    joined = st.recursive(expression(), _join, max_leaves=4)

    @st.composite
    def filter_text(draw: st.DrawFn) -> str:
        text = draw(joined)
        if not _is_judged(text, pool, definitions):
            reject()
        return text

    return filter_text()


def filterable(pool: Sequence[dict[str, Any]], definitions: Definitions) -> Iterator[Term]:
    """The attributes that filters can compare, with their values in the pool."""
    for urn, attribute in [*definitions.every(), *_common(definitions)]:
        prefix = "" if urn == definitions.core else f"{urn}:"
        home = None if urn == definitions.core else urn
        parts = parts_of(attribute) if type_of(attribute) == "complex" else [None]
        for part in parts:
            place = Place(home, attribute, part)
            if not _can_be_asked(attribute) or not _can_be_asked(place.last):
                continue
            path = f"{prefix}{attribute['name']}{'.' + part['name'] if part else ''}"
            if place.last["name"] == "primary" and not _is_always_shown(place, pool):
                continue
            held = [value for resource in pool for value in values_at(place, resource)]
            yield Term(path, place, tuple(dict.fromkeys(held)))


def _is_always_shown(place: Place, pool: Sequence[dict[str, Any]]) -> bool:
    """Whether all elements have `primary`: many servers do not treat a missing one as false, which another check reports."""
    elements = [one for resource in pool for one in values_at(Place(place.urn, place.attribute), resource)]
    return all(held_by(one, "primary") is not None for one in elements)


def _common(definitions: Definitions) -> Iterator[tuple[str, Definition]]:
    for name in ("externalId", "meta"):
        if (attribute := named(COMMON, name)) is not None:
            yield definitions.core, attribute


def _can_be_asked(definition: Definition) -> bool:
    """Whether it is returned, comparable, and not computed by the server: groups may lag, and references vary in form."""
    name = str(definition["name"])
    if definition.get("returned") in ("never", "request") or "$" in name or name in ("resourceType", "version"):
        return False
    if type_of(definition) == "complex":
        return definition.get("mutability") != "readOnly" or name == "meta"
    return type_of(definition) in OPERATORS


def _about(term: Term, path: str) -> list[str]:
    """`path pr`, and comparisons with values of the pool, with parts of these values, and with other values."""
    spelled = [path] if ":" in path else [path, path.upper()]
    operators = OPERATORS[type_of(term.place.last)]
    compared = [f"{path} {op} {literal(value)}" for op in operators for value in _operands(term)]
    return [
        *(f"{one} pr" for one in spelled),
        *compared,
        *(text.replace(path, path.upper(), 1) for text in compared[:2]),
    ]


def _operands(term: Term) -> list[Any]:
    kind = type_of(term.place.last)
    if kind == "boolean":
        return [True, False]
    if kind == "datetime":
        return list(MOMENTS)
    if kind != "string":
        return [*term.values, 7]
    held = [str(value) for value in term.values if value]
    pieces = [piece for text in held for piece in (text.upper(), text[:-2], text[2:], text[1:-1]) if piece]
    return list(dict.fromkeys([*held, *pieces, "nobody"]))


def _value_paths(terms: list[Term]) -> st.SearchStrategy[str]:
    """`emails[type eq "work" and value co "x"]`."""
    heads = dict.fromkeys(term.path.rpartition(".")[0] for term in terms)
    inner = {
        head: _one_of_each(
            [_about(term, term.place.last["name"]) for term in terms if term.path.rpartition(".")[0] == head]
        )
        for head in heads
    }
    paths = {
        head: one.map(f"{head}[{{}}]".format) | st.builds(f"{head}[{{}}{{}}{{}}]".format, one, WORDS, one)
        for head, one in inner.items()
    }
    return st.sampled_from(list(paths)).flatmap(lambda head: paths[head])


def _one_of_each(lists: list[list[str]]) -> st.SearchStrategy[str]:
    """Draw a list first and then an item, so that attributes with many values are not drawn more often than others."""
    strategies = [st.sampled_from(listed) for listed in lists]
    return st.integers(0, len(strategies) - 1).flatmap(lambda place: strategies[place])


def _join(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(str.format, st.sampled_from(JOINED), inner, inner) | inner.map("not ({})".format)


def literal(value: Any) -> str:
    """A comparison value in the syntax of filters."""
    return json.dumps(value, ensure_ascii=False)


def _is_judged(text: str, pool: Sequence[dict[str, Any]], definitions: Definitions) -> bool:
    tree = parse_filter(text)
    if refusal(tree, definitions) is Refusal.MUST:
        return False
    return any(matches(tree, resource, definitions) is not None for resource in pool)
