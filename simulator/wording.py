"""The wording of messages: singular and plural, and options that are arguments in Python."""

from __future__ import annotations

import re

_OPTION = re.compile(r"^--?([a-z][a-z-]*): ")


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number and the words that follow it, such as `1 resource remains`."""
    return f"{count:,} {pluralize(count, one, many)}"


def pluralize(count: int, one: str, many: str | None = None) -> str:
    """The words after a number without the number: `one` after 1, otherwise `many`. The default of `many` is `one` with an s."""
    return one if count == 1 else many or f"{one}s"


def of_argument(error: BaseException) -> str:
    """A message about an option, such as `--verify-tls: …`, as one about the argument of a Python function."""
    return _OPTION.sub(
        lambda option: f"{'expression' if option[1] == 'k' else option[1].replace('-', '_')}: ", str(error)
    )
