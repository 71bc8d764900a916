"""One renderer for "expected this, found that": for the console and for HTML, the place where they part marked."""

from __future__ import annotations

from simulator.report.page import text

SHOWN = 160


def first_difference(expected: str, found: str) -> int:
    """The position of the first character that differs."""
    shorter = min(len(expected), len(found))
    return next((at for at in range(shorter) if expected[at] != found[at]), shorter)


def as_lines(expected: str, found: str, indent: str = "    ") -> list[str]:
    """Console lines; long texts are cut around the first difference."""
    start = max(0, first_difference(expected, found) - SHOWN // 2)
    return [f"{indent}expected  {_cut(expected, start)}", f"{indent}found     {_cut(found, start)}"]


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


def _cut(value: str, start: int) -> str:
    shown = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in value)
    piece = shown[start : start + SHOWN]
    return ("…" if start else "") + piece + ("…" if start + SHOWN < len(shown) else "")
