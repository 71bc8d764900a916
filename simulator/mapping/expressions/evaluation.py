"""What an expression is evaluated with, and the errors it can raise."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final


class ExpressionError(Exception):
    """The expression cannot be parsed or evaluated. The message names the column, if it is known, and what was expected."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.column = column


class _Ignored:
    """The result of IgnoreFlowIfNullOrEmpty: the attribute is not sent, not even as an empty string."""


IGNORED: Final = _Ignored()


class Dice:
    """A random generator for one evaluation, which is made only if an expression asks for it: few do, and seeding takes long."""

    __slots__ = ("_made", "_seed")

    def __init__(self, seed: int | str) -> None:
        self._seed = seed
        self._made: random.Random | None = None

    def __call__(self) -> random.Random:
        if self._made is None:
            self._made = random.Random(self._seed)
        return self._made


@dataclass(slots=True)
class Evaluation:
    """One evaluation: the source attributes, the virtual time, the random generator, and the known defects that are simulated.

    `changed` contains the source attributes that changed since the last cycle; None means that all of them count
    as changed.
    """

    source: Mapping[str, Any]
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    dice: Callable[[], random.Random] = field(default_factory=lambda: Dice(0))
    changed: frozenset[str] | None = None
    switch_forgets: bool = False  # known defect: Switch returns null if its own source attribute did not change
    iif_needs_values: bool = True  # known defect: IIF fails for an attribute without a value


Argument = Callable[[Evaluation], Any]


def text_of(value: Any) -> str:
    """A value as a string: booleans as True and False, null as an empty string."""
    return "" if value is None else str(value)


def number_of(value: Any, what: str) -> int:
    """An integer. Strings of digits are accepted; `&HF` is hexadecimal. Raises ExpressionError."""
    text = text_of(value).strip()
    try:
        return int(text[2:], 16) if text[:2].upper() == "&H" else int(text)
    except ValueError:
        raise ExpressionError(f"{what}: expected an integer, got {shown(value)}") from None


def is_true(value: Any) -> bool:
    """Whether a value counts as true: the string True (case-insensitive) or a number other than zero."""
    text = text_of(value)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return number_of(value, "condition") != 0


def shown(value: Any) -> str:
    """A value as error messages show it."""
    return "nothing" if value is None else f'"{text_of(value)[:60]}"'
