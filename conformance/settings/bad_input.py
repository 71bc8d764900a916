"""Input that a command cannot use: one clear line and the exit code of the command-line contract."""

from __future__ import annotations


class BadInput(Exception):
    """An argument or an input file cannot be used. The message is one line; `code` is the exit code of the command line."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code
