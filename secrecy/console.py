"""Redacts known secrets in standard output and standard error, and ends a run whose standard output is lost."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO, cast

from secrecy.lost_output import OutputLost
from secrecy.redaction import redacted


class Redacted:
    """A text stream that redacts what is written to it and otherwise behaves like the stream that it wraps.

    If it cannot be written, it raises OutputLost for a stream with a `name`. Later writes go to the null device.
    """

    def __init__(self, stream: TextIO, name: str = "") -> None:
        self._stream = stream
        self._name = name

    def write(self, text: str) -> int:
        try:
            self._stream.write(redacted(text))
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)
        if self._name:
            raise OutputLost(self._name, error) from None

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def redact_output() -> None:
    """Redact everything that this process writes to standard output from now on. OutputLost is raised if that fails."""
    sys.stdout = _covered(sys.stdout, "standard output")


def redact_errors() -> None:
    """Redact everything that this process writes to standard error from now on, including tracebacks.

    What cannot be written there is discarded.
    """
    sys.stderr = _covered(sys.stderr)


def _covered(stream: TextIO, name: str = "") -> TextIO:
    return stream if isinstance(stream, Redacted) else cast("TextIO", Redacted(stream, name))
