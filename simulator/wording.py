"""Chooses between singular and plural in messages."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number and the words that follow it, such as `1 resource remains`."""
    return f"{count:,} {pluralize(count, one, many)}"


def pluralize(count: int, one: str, many: str | None = None) -> str:
    """The words after a number without the number: `one` after 1, otherwise `many`. The default of `many` is `one` with an s."""
    return one if count == 1 else many or f"{one}s"
