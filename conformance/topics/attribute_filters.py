"""Filters on one attribute with every operator of its type, judged by the model; three requests if the target is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.model.comparing import moment
from conformance.model.definitions import Definition, Definitions, parts_of, type_of
from conformance.model.filter_model import matches, parse_filter
from conformance.requirements.verdict import Finding
from conformance.target.discovery import Attribute
from conformance.topics.one_attribute import HIDDEN, value_of
from conformance.values.any_filter import literal
from simulator.wording import counted

Json = dict[str, Any]
NAMING = {"User": "userName", "Group": "displayName"}
ELSEWHERE = timezone(timedelta(hours=2))
ORDERS = ("gt", "ge", "lt", "le")


@dataclass(frozen=True, slots=True)
class Term:
    """A comparison, and whether each of two resources matches it according to the model."""

    text: str
    first: bool
    second: bool


def paths_of(attribute: Attribute, resource: Json) -> Iterator[tuple[str, Definition, Any]]:
    """(path, definition, value in the resource) of the attribute, or of its sub-attributes that a client may set.

    `$ref` is left out, because the grammar of filters has no `$` in names (RFC 7644 3.4.2.2).
    """
    held = value_of(attribute, resource)
    first = held[0] if isinstance(held, list) and held else held
    if type_of(attribute.definition) != "complex":
        yield attribute.path, attribute.definition, first
        return
    for part in parts_of(attribute.definition):
        settable = part.get("mutability") in (None, "readWrite", "immutable") and part.get("returned") not in HIDDEN
        value = first.get(part["name"]) if isinstance(first, dict) else None
        if settable and "$" not in part["name"]:
            yield f"{attribute.path}.{part['name']}", part, value[0] if isinstance(value, list) and value else value


def scope_of(type_name: str, resources: list[Json]) -> str:
    """A filter that matches exactly these resources, by an attribute that every server knows."""
    name = NAMING.get(type_name, "id")
    if not all(name in resource for resource in resources):
        name = "id"  # the naming attribute is returned only on request
    return " or ".join(f"{name} eq {literal(resource[name])}" for resource in resources)


def judged(texts: list[str], pair: list[Json], definitions: Definitions) -> list[Term]:
    """The comparisons whose result is defined for both resources."""
    found = []
    for text in texts:
        tree = parse_filter(text)
        first, second = (matches(tree, resource, definitions) for resource in pair)
        if first is not None and second is not None:
            found.append(Term(text, first, second))
    return found


def comparisons(path: str, definition: Definition, value: Any) -> list[str]:
    """Comparisons that `value` matches and comparisons that it does not, with every operator of its type."""
    kind = type_of(definition)
    if kind == "boolean":
        pairs = [("eq", value), ("eq", not value), ("ne", not value), ("ne", value)]
    elif kind in ("integer", "decimal"):
        near = [value - 1, value, value + 1]
        pairs = [(op, operand) for op in ("eq", "ne", *ORDERS) for operand in near]
    elif kind == "datetime":
        pairs = [(op, operand) for op in ORDERS for operand in _around(value)]
    elif kind in ("reference", "binary"):
        pairs = [("eq", value), ("eq", f"{value}x" if kind == "reference" else "AAAA")]
    else:
        pairs = _of_text(str(value))
    # The RFC leaves open whether ne matches a resource without a value, so ne is combined with pr.
    return [f"{path} pr"] + [
        f"({path} pr and {path} ne {literal(operand)})" if op == "ne" else f"{path} {op} {literal(operand)}"
        for op, operand in pairs
    ]


def all_chosen_rightly(scim: Session, endpoint: str, terms: list[Term], pair: list[Json], scope: str) -> None:
    """Each comparison must return exactly the resources that match it; raises Finding for the first that does not.

    The comparisons are joined by `and` and `or` into three requests. Only if one of the three responses is wrong are they
    sent one by one, and then the single responses are judged.
    """
    if all(_is_right(scim, endpoint, f"({scope}) and ({text})", hits, pair) for text, hits in _joined(terms) if text):
        return
    for term in terms:
        answer = scim.search(f"({scope}) and {term.text}", endpoint)
        if answer.status in expect.DECLINED:
            expect.chosen(scim, answer, optional=True)
            scim.warn(f"the server rejects the filter {term.text}", "200", answer.told)
            continue
        expect.listing(answer)
        got = _ids(answer.json)
        wanted = _wanted([term.first, term.second], pair)
        if got != wanted:
            raise Finding(f"the filter {term.text} returns the wrong resources", _told(wanted, pair), _told(got, pair))


def _of_text(value: str) -> list[tuple[str, str]]:
    """The value, its pieces, similar values, and the same in swapped case, for which caseExact decides."""
    middle = value[1:-1] or value
    true = [("eq", value), ("co", middle), ("sw", value[:3]), ("ew", value[-3:]), ("ge", value), ("le", value)]
    false = [("eq", f"{value}x"), ("co", f"{value}x"), ("sw", f"x{value}"), ("ew", f"{value}x"), ("gt", value)]
    off = [("eq", middle), ("sw", value[1:]), ("ew", value[:-1])] if len(value) > 2 else []
    cases = [("eq", value.swapcase()), ("co", middle.swapcase()), ("sw", value[:3].swapcase())]
    orders = [("lt", value), ("gt", value[:-1] or "0"), ("lt", f"{value}z")]
    return [*true, *false, *off, *cases, *orders, ("ne", f"{value}x"), ("ne", value)]


def _around(value: Any) -> list[str]:
    """A second before and after, because servers may round; the latter with another time zone offset."""
    held = moment(value)
    if held is None:
        return []
    return [(held - timedelta(seconds=1)).isoformat(), (held + timedelta(seconds=1)).astimezone(ELSEWHERE).isoformat()]


def _joined(terms: list[Term]) -> list[tuple[str, list[bool]]]:
    """Comparisons that match the first resource, those of them that do not match the second, those that match neither."""
    fit = [term for term in terms if term.first]
    return [
        (" and ".join(term.text for term in fit), [True, all(term.second for term in fit)]),
        (" or ".join(term.text for term in fit if not term.second), [True, False]),
        (" or ".join(term.text for term in terms if not term.first and not term.second), [False, False]),
    ]


def _is_right(scim: Session, endpoint: str, text: str, hits: list[bool], pair: list[Json]) -> bool:
    answer = scim.search(text, endpoint)
    return answer.status == 200 and _ids(answer.json) == _wanted(hits, pair)


def _wanted(hits: list[bool], pair: list[Json]) -> list[str]:
    return sorted(str(resource["id"]) for resource, hit in zip(pair, hits, strict=True) if hit)


def _ids(body: Any) -> list[str]:
    listed = body.get("Resources") if isinstance(body, dict) else None
    return sorted(str(item.get("id")) for item in listed or () if isinstance(item, dict))


def _told(ids: list[str], pair: list[Json]) -> str:
    """The resources in words: the first one, the second one, both, or neither."""
    words = [
        f"the {word} one" for word, resource in zip(("first", "second"), pair, strict=True) if resource["id"] in ids
    ]
    others = len(ids) - len(words)
    return " and ".join([*words, *([counted(others, "other")] if others else [])]) or "neither"
