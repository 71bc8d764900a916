"""Progress of a long measurement on stderr: lines that stay, and on a terminal one that is written over."""

from __future__ import annotations

import sys

WIDTH = 78


class Progress:
    """stdout holds the tables alone."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def line(self, text: str) -> None:
        """Something new begins."""
        self.passing("")
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def passing(self, text: str) -> None:
        """Where it is by now; "" wipes it."""
        if self._terminal:
            sys.stderr.write("\r" + text[:WIDTH].ljust(WIDTH) + ("" if text else "\r"))
            sys.stderr.flush()
