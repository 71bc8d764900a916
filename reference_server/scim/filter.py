"""Compiles filters into predicates, and into the part that an index can serve (RFC 7644 section 3.4.2.2).

The hand-written parser reads each character once. Regular expressions are not applied to untrusted input.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from reference_server.scim.comparing import TEXT_TYPES, compile_comparison, compile_equality, compile_presence, leaf_of
from reference_server.scim.errors import InvalidFilter
from reference_server.scim.limits import COMBINING_MARKS, FILTER_CHARACTERS, FILTER_DEPTH, FILTER_TERMS
from reference_server.scim.names import ElementNames, ResourceNames
from reference_server.scim.resource_type import Found, ResourceType
from reference_server.scim.schema import Attribute
from reference_server.scim.text import exact, folded, has_long_run, searchable
from reference_server.turns import count

OPERATORS = frozenset(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
CONTAINED = frozenset(["eq", "co", "sw", "ew"])  # operators that only a value with the given text can satisfy
DELIMITERS = frozenset('()[]"')

Predicate = Callable[[dict[str, Any]], bool]
# A condition that every match satisfies, as a tree: ("eq", index name, folded value), ("and", tree, tree), or
# ("or", tree, tree).
Lookup = tuple[Any, ...]


class Filter(NamedTuple):
    """A compiled filter.

    `lookup` is a condition over indexes that every match satisfies, or None if indexes cannot be used. If it is `exact`,
    everything that satisfies it matches.
    If there is a `text`, the JSON of every match contains it without regard to case, or contains characters that are not
    ASCII. `attributes` are the top-level names that it reads, in lower case; for attributes of an extension, its URN.
    """

    matches: Predicate
    lookup: Lookup | None
    attributes: frozenset[str]
    exact: bool = False
    text: str = ""


class _Part(NamedTuple):
    matches: Predicate
    lookup: Lookup | None
    text: str = ""


def parse_filter(text: str, rtype: ResourceType, others: tuple[ResourceType, ...] = ()) -> Filter:
    """Compile a filter for resources of one type; raises InvalidFilter with the column of the error.

    In a query over several types, an attribute that only `others` have is treated as unassigned (RFC 7644 section 3.4.2.1).
    """
    return _simple_equality(text, rtype) or _parsed(text, rtype, others)


@lru_cache(maxsize=1_024)
def _parsed(text: str, rtype: ResourceType, others: tuple[ResourceType, ...]) -> Filter:
    parser = _Parser(text, ResourceNames(rtype, others))
    part = parser.whole()
    return Filter(part.matches, part.lookup, frozenset(parser.home.read), text=part.text)


def parse_value_filter(text: str, attribute: Attribute) -> tuple[Predicate, int]:
    """Compile the filter in brackets, which selects elements of a multi-valued attribute; raises InvalidFilter.

    Returns the predicate and the number of its comparisons.
    """
    parser = _Parser(text, ElementNames(attribute))
    return _of_element(attribute, parser.whole().matches), parser.terms


def _simple_equality(text: str, rtype: ResourceType) -> Filter | None:
    """Compile `attribute eq "string"`, the most frequent filter, without the parser; None for any other filter."""
    name, _, rest = text.partition(" ")
    if rest[:4] != 'eq "' or rest[-1] != '"' or len(text) > FILTER_CHARACTERS.most:
        return None
    asked, attribute = rest[4:-1], rtype.by_spelling.get(name)
    if attribute is None or attribute.type != "string" or attribute.plain is None or attribute.returned == "never":
        return None
    if not asked or '"' in asked or "\\" in asked or not asked.isprintable():
        return None
    if len(asked) > COMBINING_MARKS.most and has_long_run(asked):
        return None
    convert = exact if attribute.case_exact else folded
    wanted = convert(asked)
    lookup = ("eq", attribute.name, wanted) if attribute.name in rtype.index_keys else None
    # A value that the index lists was converted like the value that the predicate compares.
    predicate = compile_equality(attribute, wanted, convert)
    return Filter(predicate, lookup, attribute.alone, exact=lookup is not None, text=searchable(asked))


class _Parser:
    """A recursive descent parser for one filter: or → and → term."""

    def __init__(self, text: str, home: ResourceNames | ElementNames) -> None:
        if len(text) > FILTER_CHARACTERS.most:
            raise InvalidFilter(f"the filter has {len(text)} characters; the maximum is {FILTER_CHARACTERS.most}")
        self.text = text
        self.home = home
        self.at = 0
        self.terms = 0
        self.depth = 0

    def whole(self) -> _Part:
        part = self._or()
        self._blank()
        if self.at < len(self.text):
            raise self._wrong('expected "and", "or", or the end of the filter')
        return part

    def _or(self) -> _Part:
        self.depth += 1
        if self.depth > FILTER_DEPTH.most:
            raise self._wrong(f"the filter is nested more than {FILTER_DEPTH.most} levels deep")
        part = self._and()
        while self._word("or"):
            part = _either(part, self._and())
        self.depth -= 1
        return part

    def _and(self) -> _Part:
        part = self._term()
        while self._word("and"):
            part = _both(part, self._term())
        return part

    def _term(self) -> _Part:
        self._blank()
        if self._word("not"):
            self._blank()
            if not self._take("("):
                raise self._wrong('expected "(" after not')
            return _negated(self._group())
        if self._take("("):
            return self._group()
        return self._expression()

    def _group(self) -> _Part:
        part = self._or()
        self._blank()
        if not self._take(")"):
            raise self._wrong('expected ")"')
        return part

    def _expression(self) -> _Part:
        start = self.at
        name = self._name()
        if not name:
            raise self._wrong("expected an attribute")
        self.terms += 1
        if self.terms > FILTER_TERMS.most:
            raise self._wrong(f"the filter has more than {FILTER_TERMS.most} comparisons")
        found = self.home.find(name)
        if found is None:
            raise InvalidFilter(f'"{name}" at column {start + 1} is not an attribute of this resource type')
        if self._take("["):
            return self._value_path(found, name)
        return self._comparison(found, name)

    def _comparison(self, found: Found, name: str) -> _Part:
        if "never" in (found.attribute.returned, found.sub.returned if found.sub else ""):
            raise InvalidFilter(f"{name} is never returned and cannot be used in a filter")
        self._blank()
        column = self.at + 1
        operator = self._name().lower()
        if operator == "pr":
            return _Part(compile_presence(found), None)
        if operator not in OPERATORS:
            raise InvalidFilter(
                f"{name} at column {column}: expected an operator, one of {', '.join(sorted(OPERATORS))}, pr"
            )
        value = self._value()
        try:
            # RFC 7643 section 2.4: primary is false if it is missing.
            unassigned = False if self.home.is_primary(found) else None
            predicate, wanted = compile_comparison(found, operator, value, unassigned=unassigned)
        except InvalidFilter as error:
            raise InvalidFilter(f"{name} {operator} at column {column}: {error}") from None
        index = self.home.index_name(found) if operator == "eq" and isinstance(value, str) else None
        is_text = operator in CONTAINED and leaf_of(found).type in TEXT_TYPES
        return _Part(predicate, ("eq", index, wanted) if index else None, searchable(value) if is_text else "")

    def _value_path(self, found: Found, name: str) -> _Part:
        """`emails[type eq "work"]`, and `emails[type eq "work"].value eq "x"`, which Entra sends."""
        urn, attribute, sub = found
        if sub is not None or not attribute.multi_valued:
            raise self._wrong(f"{name} is not multi-valued and cannot be followed by a filter in brackets")
        outer = self.home
        self.home = ElementNames(attribute, lambda inside: outer.index_name(Found(urn, attribute, inside.attribute)))
        inner = self._or()
        self._blank()
        if not self._take("]"):
            raise self._wrong('expected "]"')
        if self._take("."):
            column = self.at + 1
            sub_found = self.home.find(self._name())
            if sub_found is None:
                raise InvalidFilter(f"unknown sub-attribute {name} at column {column}")
            inner = _both(inner, self._comparison(sub_found, name))
        self.home = outer
        matches = _of_element(attribute, inner.matches)
        attribute_name = attribute.name

        def test(resource: dict[str, Any]) -> bool:
            home = resource.get(urn) if urn else resource
            elements = home.get(attribute_name) if home else None
            if not isinstance(elements, list):
                return False
            count(len(elements))
            return any(map(matches, elements))

        return _Part(test, inner.lookup, inner.text)

    # ── tokens ──

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def _take(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False

    def _word(self, word: str) -> bool:
        self._blank()
        end = self.at + len(word)
        if self.text[self.at : end].lower() == word and (end == len(self.text) or self.text[end] in " ("):
            self.at = end
            return True
        return False

    def _name(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in DELIMITERS and not self.text[self.at].isspace():
            self.at += 1
        return self.text[start : self.at]

    def _value(self) -> Any:
        self._blank()
        start = self.at
        if self._take('"'):
            while self.at < len(self.text) and self.text[self.at] != '"':
                self.at += 2 if self.text[self.at] == "\\" else 1
            self.at += 1
        else:
            self._name()
        literal = self.text[start : self.at]
        try:
            value = json.loads(literal if literal.startswith('"') else literal.lower(), parse_constant=_refuse)
        except ValueError:
            self.at = start
            raise self._wrong("expected a value: a string in double quotes, a number, true, false, or null") from None
        if isinstance(value, dict | list):
            raise self._wrong("expected a simple value")
        if isinstance(value, str) and has_long_run(value):
            raise self._wrong(f"more than {COMBINING_MARKS.most} combining marks in a row")
        return value

    def _wrong(self, expectation: str) -> InvalidFilter:
        return InvalidFilter(f"{expectation} at column {self.at + 1}")


def _of_element(attribute: Attribute, matches: Predicate) -> Callable[[Any], bool]:
    """The predicate for one element. If the element is a simple value, `value` refers to the element itself."""
    if attribute.is_complex:
        return lambda element: isinstance(element, dict) and matches(element)
    name = attribute.name
    return lambda element: matches({name: [element]})


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _both(left: _Part, right: _Part) -> _Part:
    first, second = left.matches, right.matches
    lookup = ("and", left.lookup, right.lookup) if left.lookup and right.lookup else left.lookup or right.lookup
    return _Part(lambda held: first(held) and second(held), lookup, max(left.text, right.text, key=len))


def _either(left: _Part, right: _Part) -> _Part:
    first, second = left.matches, right.matches
    lookup = ("or", left.lookup, right.lookup) if left.lookup and right.lookup else None
    return _Part(lambda held: first(held) or second(held), lookup)


def _negated(part: _Part) -> _Part:
    matches = part.matches
    return _Part(lambda held: not matches(held), None)
