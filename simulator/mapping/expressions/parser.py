"""Parses mapping expressions: `[attribute]`, `"text"`, `Function(argument, , argument)`, nested; FUNC, "Syntax overview"."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from simulator.mapping.expressions.evaluation import IGNORED, Argument, Evaluation, ExpressionError, text_of
from simulator.mapping.expressions.functions import FUNCTIONS, Function

MAX_CHARACTERS = 10_000  # KNOWN
MAX_DEPTH = 100
WORDS = ("vbTextCompare", "vbBinaryCompare")  # the only words without quotes or brackets; arguments of InStr
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<>": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


class Part(NamedTuple):
    """A part of an expression in the schema of Microsoft Graph: its text, kind, name, and the arguments of a function.

    An omitted argument is None.
    """

    text: str
    kind: Literal["Attribute", "Constant", "Function"]
    name: str
    arguments: tuple[Part | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. `evaluate` returns a string, a number, a list, None for null, or IGNORED."""

    text: str
    evaluate: Argument
    attributes: frozenset[str]  # the source attributes that the expression reads
    functions: frozenset[str]
    whole: Part

    @property
    def is_redacted(self) -> bool:
        """Whether the provisioning log must hide the values (function Redact)."""
        return "Redact" in self.functions


def parse_expression(text: str) -> Expression:
    """Parse an expression. Raises ExpressionError, which names the column and what was expected there."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"the expression has {len(text)} characters; Entra ID accepts at most {MAX_CHARACTERS}")
    parser = _Parser(text)
    evaluate = parser.argument()
    parser.blank()
    if parser.at < len(text):
        raise parser.wrong("expected the end of the expression")
    return Expression(text, evaluate, frozenset(parser.attributes), frozenset(parser.functions), parser.parts[evaluate])


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.attributes: set[str] = set()
        self.functions: set[str] = set()
        self.parts: dict[Argument, Part] = {}

    def argument(self) -> Argument:
        self.blank()
        start = self.at
        if self.peek() == "[":
            found = self.attribute()
            return self.note(found, start, "Attribute", self.text[start + 1 : self.at - 1].strip())
        if self.peek() == '"':
            value = self.quoted()
            return self.note(lambda evaluation: value, start, "Constant", value)
        return self.word()

    def note(
        self,
        found: Argument,
        start: int,
        kind: Literal["Attribute", "Constant", "Function"],
        name: str,
        *arguments: Any,
    ) -> Argument:
        """Store the part that an argument was parsed from."""
        self.parts[found] = Part(self.text[start : self.at], kind, name, arguments)
        return found

    def attribute(self) -> Argument:
        end = self.text.find("]", self.at)
        if end < 0:
            raise self.wrong('expected "]" after the attribute\'s name')
        name = self.text[self.at + 1 : end].strip()
        if not name:
            raise self.wrong("expected an attribute's name between [ and ]")
        self.at = end + 1
        self.attributes.add(name)
        return lambda evaluation: evaluation.source.get(name)

    def quoted(self) -> str:
        start = self.at
        self.at += 1
        read: list[str] = []
        while self.peek() != '"':
            # A backslash escapes a quotation mark or a backslash (FUNC). Any other stays: Microsoft's guides print
            # regular expressions without doubling it.
            if self.text[self.at : self.at + 2] in ('\\"', "\\\\"):
                self.at += 1
            if not self.peek():
                self.at = start
                raise self.wrong('this string has no closing "')
            read.append(self.peek())
            self.at += 1
        self.at += 1
        return "".join(read)

    def word(self) -> Argument:
        start = self.at
        while self.peek().isalnum() or (self.peek() and self.peek() in "-_&"):
            self.at += 1
        word = self.text[start : self.at]
        self.blank()
        if self.peek() == "(" and word:
            return self.call(word, start)
        if word.removeprefix("-").isdecimal():
            number = int(word)
            return self.note(lambda evaluation: number, start, "Constant", word)
        if word[:2].upper() == "&H" or word in WORDS:
            return self.note(lambda evaluation: word, start, "Constant", word)
        self.at = start
        raise self.wrong(f'expected [attribute], "text", a number, or a function, got {self.found(word)}')

    def call(self, name: str, start: int) -> Argument:
        function = FUNCTIONS.get(name)
        if function is None:
            self.at = start
            near = difflib.get_close_matches(name.lower(), (known.lower() for known in FUNCTIONS), n=1)
            hint = next((f"; did you mean {known}?" for known in FUNCTIONS if [known.lower()] == near), "")
            raise self.wrong(f"unknown function {name}{hint}")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.wrong(f"functions are nested more than {MAX_DEPTH} levels deep")
        self.at += 1
        arguments = self.arguments()
        self.depth -= 1
        self.functions.add(name)
        problem = function.problem(len(arguments))
        if problem:
            self.at = start
            raise self.wrong(f"{name}: {problem}")
        parts = [None if argument is None else self.parts[argument] for argument in arguments]
        return self.note(_called(name, function, arguments, start + 1), start, "Function", name, *parts)

    def arguments(self) -> list[Argument | None]:
        """Parse arguments up to the closing parenthesis. Nothing between two commas is an omitted argument."""
        arguments: list[Argument | None] = []
        while True:
            self.blank()
            if self.peek() == ")" and not arguments:
                self.at += 1
                return []
            arguments.append(None if self.peek() in (",", ")") else self.condition())
            self.blank()
            closing = self.peek()
            if closing not in (",", ")") or not closing:
                word = self.text[self.at :].split("(")[0].split()[:1]
                if word and word[0].upper() in ("AND", "OR"):
                    raise self.wrong(f"Entra ID does not support {word[0].upper()}; nest one IIF in another")
                raise self.wrong(f'expected "," or ")", got {self.found(closing)}')
            self.at += 1
            if closing == ")":
                return arguments

    def condition(self) -> Argument:
        """Parse an argument, or two arguments with a comparison between them."""
        self.blank()
        start, left = self.at, self.argument()
        self.blank()
        sign = next((sign for sign in COMPARISONS if self.text.startswith(sign, self.at)), None)
        if sign is None:
            return left
        self.at += len(sign)
        right = self.argument()
        compare = COMPARISONS[sign]
        return self.note(
            lambda evaluation: str(compare(*_comparable(left(evaluation), right(evaluation)))),
            *(start, "Function", sign, self.parts[left], self.parts[right]),
        )

    def blank(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def found(self, word: str) -> str:
        return f'"{word or self.peek()}"' if word or self.peek() else "the end"

    def wrong(self, expectation: str) -> ExpressionError:
        return ExpressionError(expectation, self.at + 1)


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Both values as integers if both look like integers, otherwise both as strings."""
    texts = text_of(left), text_of(right)
    try:
        return int(texts[0]), int(texts[1])
    except ValueError:
        return texts


def _called(name: str, function: Function, arguments: list[Argument | None], column: int) -> Argument:
    def call(evaluation: Evaluation) -> Any:
        try:
            if function.lazy is not None:
                return function.lazy(evaluation, arguments)
            values = [None if argument is None else argument(evaluation) for argument in arguments]
            if IGNORED in values:
                return IGNORED
            return function.call(evaluation, values)
        except ExpressionError as error:
            raise error if error.column else ExpressionError(f"{name}: {error}", column) from None
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise ExpressionError(f"{name}: {error}", column) from None

    return call
