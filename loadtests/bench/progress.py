"""Shows the progress of a long measurement on stderr."""

from __future__ import annotations

import sys

WIDTH = 78


class Progress:
    """Writes to stderr, so that stdout contains only the tables."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self.passing("")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def passing(self, text: str) -> None:
        """On a terminal, replace the current progress text; "" clears it."""
        if self._terminal:
            sys.stderr.write("\r" + text[:WIDTH].ljust(WIDTH) + ("" if text else "\r"))
            sys.stderr.flush()
