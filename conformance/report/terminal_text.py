"""Makes text from a target safe for a terminal, and truncates it to a number of columns."""

from __future__ import annotations

from rich.cells import cell_len

WIDTH = 100
BOLD, RED, YELLOW, GREEN, DIM = "1", "31", "33", "32", "2"


def plain(words: object) -> str:
    """One line that cannot move the cursor, change colors, or reverse the text direction. Such characters are shown escaped."""
    words = str(words)
    if words.isprintable():
        return words
    return "".join(character if character.isprintable() else _shown(character) for character in words)


def cut(words: object, columns: int) -> str:
    """Safe text in at most this number of columns; a wide character takes two."""
    line = plain(words)
    if cell_len(line) <= columns:
        return line
    while line and cell_len(line) > columns - 1:
        line = line[: min(len(line) - 1, columns)]
    return line + "…"


def padded(words: object, columns: int) -> str:
    """Safe text in exactly this number of columns."""
    line = cut(words, columns)
    return line + " " * (columns - cell_len(line))


def painted(words: str, *styles: str) -> str:
    """Text with ANSI styles. The styles must not carry information that the text lacks."""
    return f"\x1b[{';'.join(styles)}m{words}\x1b[0m" if styles else words


def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\r\t":
        return " "
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
