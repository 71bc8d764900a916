"""One renderer for "expected this, found that": for the console and for HTML, the place where they part marked."""

from __future__ import annotations

from simulator.report.page import text
from simulator.run.difference_list import first_difference

SHOWN = 160
IN_LINE = 80


def as_lines(expected: str, found: str, indent: str = "    ") -> list[str]:
    """Console lines; long texts are cut around the first difference."""
    start = max(0, first_difference(expected, found) - SHOWN // 2)
    return [f"{indent}expected  {_cut(expected, start)}", f"{indent}found     {_cut(found, start)}"]


def in_one_line(expected: str, found: str) -> str:
    """Both on one line; long texts are cut around the first difference."""
    start = max(0, first_difference(expected, found) - IN_LINE // 2)
    return f"expected {_cut(expected, start, IN_LINE)}, found {_cut(found, start, IN_LINE)}"


def as_html(expected: str, found: str) -> str:
    """Two lines with what differs marked."""
    at = first_difference(expected, found)
    lines = []
    for name, value in (("expected", expected), ("found", found)):
        lines.append(f"{name:<9} {text(value[:at])}<mark>{text(value[at : at + SHOWN])}</mark>")
    return "<pre>" + "\n".join(lines) + "</pre>"


def printable(words: str) -> str:
    """A foreign text that cannot move the cursor, colour the terminal or turn the writing direction."""
    return "".join(character if character.isprintable() else "�" for character in words)


def _cut(value: str, start: int, length: int = SHOWN) -> str:
    shown = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in value)
    piece = shown[start : start + length]
    return ("…" if start else "") + piece + ("…" if start + length < len(shown) else "")
