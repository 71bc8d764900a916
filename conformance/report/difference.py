"""Finds the first difference between an expected and an actual value. Structures are compared value by value."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import Any

from conformance.report.terminal_text import plain

MISSING = "nothing"
LONGEST_WORD = 24  # a marked span is extended to whole words, up to this number of characters


@dataclass(frozen=True, slots=True)
class Difference:
    """Two strings and the spans (start, end) in which they differ. `where` is a path inside a structure."""

    where: str
    expected: str
    got: str
    in_expected: tuple[int, int]
    in_got: tuple[int, int]

    @property
    def total(self) -> bool:
        """Whether the strings have nothing in common, so that marking a span is useless."""
        return self.in_expected == (0, len(self.expected)) and self.in_got == (0, len(self.got))

    @property
    def pieces(self) -> tuple[str, str]:
        """The parts that differ."""
        return self.expected[slice(*self.in_expected)], self.got[slice(*self.in_got)]


def difference_between(expected: str, got: str, width: int = 84) -> Difference:
    """The first difference of two values.

    Strings longer than `width` are cut around it. For a long structure, only the value that differs is shown.
    """
    left, right = plain(expected), plain(got)
    where = ""
    if max(len(left), len(right)) > width:
        parsed = _parsed(expected), _parsed(got)
        if isinstance(parsed[0], dict | list) and type(parsed[0]) is type(parsed[1]):
            where, *leaves = _leaf(*parsed)
            left, right = (plain(leaf) for leaf in leaves)
    start, tail = _common(left, right)
    spans = ((start, len(left) - tail), (start, len(right) - tail))
    cuts = [_around(value, span, width) for value, span in zip((left, right), spans, strict=True)]
    return Difference(where, cuts[0][0], cuts[1][0], cuts[0][1], cuts[1][1])


def _parsed(words: str) -> Any:
    """Parse a JSON value or a Python literal; otherwise, return the string."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(words)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return words


def _leaf(left: Any, right: Any, path: str = "") -> tuple[str, str, str]:
    """The first place at which two structures differ: its path and both values as JSON."""
    if isinstance(left, dict) and isinstance(right, dict):
        for name in [*left, *(key for key in right if key not in left)]:
            if name not in left or name not in right or left[name] != right[name]:
                inner = f"{path}.{name}".lstrip(".")
                if name in left and name in right:
                    return _leaf(left[name], right[name], inner)
                return inner, _json(left[name]) if name in left else MISSING, _json(right.get(name, MISSING))
    if isinstance(left, list) and isinstance(right, list):
        for at in range(max(len(left), len(right))):
            if at >= len(left) or at >= len(right):
                pair = [_json(side[at]) if at < len(side) else MISSING for side in (left, right)]
                return f"{path}[{at}]", pair[0], pair[1]
            if left[at] != right[at]:
                return _leaf(left[at], right[at], f"{path}[{at}]")
    return path, _json(left), _json(right)


def _json(value: Any) -> str:
    return value if value == MISSING else json.dumps(value, ensure_ascii=False, default=repr)


def _common(left: str, right: str) -> tuple[int, int]:
    """The lengths of the common prefix and suffix, both extended to word boundaries."""
    shorter = min(len(left), len(right))
    start = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    begin = start
    while start and begin - start < LONGEST_WORD and (_inside(left, start) or _inside(right, start)):
        start -= 1
    tail = 0
    while tail < shorter - start and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    most = tail
    while (
        tail and most - tail < LONGEST_WORD and (_inside(left, len(left) - tail) or _inside(right, len(right) - tail))
    ):
        tail -= 1
    return start, tail


def _inside(words: str, at: int) -> bool:
    """Whether the position is in the middle of a word."""
    return 0 < at < len(words) and _wordy(words[at - 1]) and _wordy(words[at])


def _wordy(character: str) -> bool:
    return character.isalnum() or character in "_-.@"


def _around(words: str, span: tuple[int, int], width: int) -> tuple[str, tuple[int, int]]:
    if len(words) <= width:
        return words, span
    begin = max(0, min(span[0] - width // 3, len(words) - width))
    piece = words[begin : begin + width]
    lead = "…" if begin else ""
    trail = "…" if begin + width < len(words) else ""
    piece = lead + piece[len(lead) : len(piece) - len(trail)] + trail
    return piece, (span[0] - begin, min(span[1] - begin, len(piece)))
