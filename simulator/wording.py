"""Words of messages that depend on numbers."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number and the words that follow it, such as `1 resource remains`."""
    return f"{count:,} {pluralize(count, one, many)}"


def pluralize(count: int, one: str, many: str | None = None) -> str:
    """The words after a number: `one` after 1, otherwise `many`, which is `one` with an s unless it is given."""
    return one if count == 1 else many or f"{one}s"
