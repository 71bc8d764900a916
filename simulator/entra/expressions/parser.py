"""Parses mapping expressions: `[attribute]`, `"text"`, `Function(argument, , argument)`, nested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.entra.expressions.functions import FUNCTIONS, ExpressionError

Source = Mapping[str, Any]
Expression = Callable[[Source], Any]
MAX_CHARACTERS = 10_000


def parse_expression(text: str) -> Expression:
    """A function of a source object's attributes; raises ExpressionError with the column and what was expected."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"the expression has {len(text)} characters; Entra takes {MAX_CHARACTERS}")
    parser = _Parser(text)
    expression = parser.argument()
    parser.blank()
    if parser.at < len(text):
        raise parser.wrong("expected the end")
    return expression


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def argument(self) -> Expression:
        self.blank()
        if self.peek() == "[":
            return self.attribute()
        if self.peek() == '"':
            value = self.quoted()
            return lambda source: value
        return self.call_or_number()

    def attribute(self) -> Expression:
        end = self.text.find("]", self.at)
        if end < 0:
            raise self.wrong('expected "]"')
        name = self.text[self.at + 1 : end].strip()
        self.at = end + 1
        return lambda source: source.get(name)

    def quoted(self) -> str:
        self.at += 1
        read: list[str] = []
        while self.peek() != '"':
            if not self.peek():
                raise self.wrong('expected a closing "')
            if self.peek() == "\\":
                self.at += 1
            read.append(self.peek())
            self.at += 1
        self.at += 1
        return "".join(read)

    def call_or_number(self) -> Expression:
        start = self.at
        while self.peek().isalnum() or (self.peek() in ("-", "_") and self.peek()):
            self.at += 1
        word = self.text[start : self.at]
        self.blank()
        if self.peek() != "(":
            if word.lstrip("-").isdigit():
                number = int(word)
                return lambda source: number
            self.at = start
            raise self.wrong('expected [attribute], "text", a number or a function')
        if word not in FUNCTIONS:
            self.at = start
            raise self.wrong(f"{word} is no function")
        self.at += 1
        arguments = self.arguments()
        function = FUNCTIONS[word]
        return lambda source: function([None if part is None else part(source) for part in arguments])

    def arguments(self) -> list[Expression | None]:
        """Up to the closing bracket; nothing between two commas is an omitted argument."""
        arguments: list[Expression | None] = []
        while True:
            self.blank()
            arguments.append(None if self.peek() in (",", ")") else self.argument())
            self.blank()
            closing = self.peek()
            if closing not in (",", ")"):
                raise self.wrong('expected "," or ")"')
            self.at += 1
            if closing == ")":
                return arguments

    def blank(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def wrong(self, expectation: str) -> ExpressionError:
        return ExpressionError(f"column {self.at + 1}: {expectation}")
