"""Parse filters and attribute paths into trees, strictly by the ABNF of RFC 7644 section 3.4.2.2.

Two forms that the ABNF does not allow are accepted, because the RFC's own examples use them: `not (` with a space, and
`$ref`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
ATTRIBUTE = re.compile(
    r'(?:(?P<urn>[^\s()\[\]"]+):)?(?P<name>[A-Za-z$][\w$-]*)(?:\.(?P<sub>[A-Za-z$][\w$-]*))?', re.ASCII
)


class NotAFilter(ValueError):
    """The text does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class AttributePath:
    """`[urn:]name[.sub]` as written."""

    urn: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        return f"{self.urn + ':' if self.urn else ''}{self.name}{'.' + self.sub if self.sub else ''}"


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: AttributePath


@dataclass(frozen=True, slots=True)
class Compare:
    """`path operator value`; the operator in lower case."""

    path: AttributePath
    operator: str
    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[inner]`."""

    path: AttributePath
    inner: Tree


@dataclass(frozen=True, slots=True)
class Not:
    """`not (inner)`; `spaced` tells whether there was a space after `not`."""

    inner: Tree
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class And:
    """Both."""

    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class Or:
    """Either."""

    left: Tree
    right: Tree


Tree = Present | Compare | ValuePath | Not | And | Or


def parse_filter(text: str) -> Tree:
    """The tree of a filter; raises NotAFilter with the column of the first error.

    `a or b and not (c)` → Or(a, And(b, Not(c))).
    """
    reader = Reader(text)
    tree = reader.either()
    reader.end()
    return tree


class Reader:
    """A recursive descent parser; `at` is the position of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def either(self) -> Tree:
        tree = self.both()
        while self.take(" or "):
            tree = Or(tree, self.both())
        return tree

    def both(self) -> Tree:
        tree = self.term()
        while self.take(" and "):
            tree = And(tree, self.term())
        return tree

    def term(self) -> Tree:
        if self.take("not ("):
            return Not(self.group(), spaced=True)
        if self.take("not("):
            return Not(self.group(), spaced=False)
        if self.take("("):
            return self.group()
        return self.expression()

    def group(self) -> Tree:
        tree = self.either()
        self.need(")")
        return tree

    def expression(self) -> Tree:
        path = self.attribute()
        if self.take("["):
            inner = self.either()
            self.need("]")
            return ValuePath(path, inner)
        self.need(" ")
        word = self.word()
        if word == "pr":
            return Present(path)
        if word not in OPERATORS:
            raise self.wrong(f'"{word}" is not an operator')
        self.need(" ")
        return Compare(path, word, self.value())

    def attribute(self) -> AttributePath:
        found = ATTRIBUTE.match(self.text, self.at)
        if found is None:
            raise self.wrong("expected an attribute")
        self.at = found.end()
        return AttributePath(found["urn"], found["name"], found["sub"])

    def word(self) -> str:
        found = re.compile("[A-Za-z]*").match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found[0].lower()

    def value(self) -> Any:
        """A JSON value that is neither object nor array."""
        if self.text[self.at : self.at + 1] not in tuple('"-0123456789tfn'):
            raise self.wrong("expected a JSON value")
        try:
            value, self.at = json.JSONDecoder().raw_decode(self.text, self.at)
        except ValueError:
            raise self.wrong("expected a JSON value") from None
        return value

    def take(self, words: str) -> bool:
        """Skip these characters if they come next, in any case (RFC 5234)."""
        end = self.at + len(words)
        if self.text[self.at : end].lower() != words:
            return False
        self.at = end
        return True

    def need(self, words: str) -> None:
        if not self.take(words):
            raise self.wrong(f'expected "{words}"')

    def end(self) -> None:
        if self.at != len(self.text):
            raise self.wrong("expected the end of the text")

    def wrong(self, what: str) -> NotAFilter:
        return NotAFilter(f"{self.text}: {what} at column {self.at + 1}")
