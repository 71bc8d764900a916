"""Renders an expected and an actual value for the console and for HTML, and marks where they differ."""

from __future__ import annotations

from simulator.report.page import text
from simulator.run.difference_list import first_difference

SHOWN = 160
IN_LINE = 80


def as_lines(expected: str, found: str, indent: str = "    ") -> list[str]:
    """Two console lines. Long values are shortened to the text around the first difference."""
    start = max(0, first_difference(expected, found) - SHOWN // 2)
    return [f"{indent}expected  {_cut(expected, start)}", f"{indent}found     {_cut(found, start)}"]


def in_one_line(expected: str, found: str) -> str:
    """Both values on one line. Long values are shortened to the text around the first difference."""
    start = max(0, first_difference(expected, found) - IN_LINE // 2)
    return f"expected {_cut(expected, start, IN_LINE)}, found {_cut(found, start, IN_LINE)}"


def as_html(expected: str, found: str) -> str:
    """Two lines of HTML with the differing part marked."""
    at = first_difference(expected, found)
    lines = []
    for name, value in (("expected", expected), ("found", found)):
        lines.append(f"{name:<9} {text(value[:at])}<mark>{text(value[at : at + SHOWN])}</mark>")
    return "<pre>" + "\n".join(lines) + "</pre>"


def printable(words: str) -> str:
    """The text without characters that control the terminal or change the writing direction."""
    return "".join(character if character.isprintable() else "�" for character in words)


def _cut(value: str, start: int, length: int = SHOWN) -> str:
    shown = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in value)
    piece = shown[start : start + length]
    return ("…" if start else "") + piece + ("…" if start + length < len(shown) else "")
