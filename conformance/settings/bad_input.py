"""Input that a command cannot use: one clear line and the exit code of the command-line contract."""

from __future__ import annotations


class BadInput(Exception):
    """One line for the user, and the exit code."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code
