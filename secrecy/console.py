"""Redacts known secrets in standard output and standard error."""

from __future__ import annotations

import sys
from typing import Any, TextIO, cast

from secrecy.redaction import redacted


class Redacted:
    """A text stream that redacts what is written to it and otherwise behaves like the stream that it wraps."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redacted(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def redact_output() -> None:
    """Redact everything that this process writes to standard output from now on."""
    sys.stdout = _covered(sys.stdout)


def redact_errors() -> None:
    """Redact everything that this process writes to standard error from now on, including tracebacks."""
    sys.stderr = _covered(sys.stderr)


def _covered(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Redacted) else cast("TextIO", Redacted(stream))
