"""Standard output and standard error without known secrets."""

from __future__ import annotations

import sys
from typing import Any, TextIO, cast

from secrecy.redaction import redacted


class Redacted:
    """A text stream that redacts what is written to it; everything else is the stream behind it."""

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
    """From now on, what this process writes to standard output is redacted."""
    sys.stdout = _covered(sys.stdout)


def redact_errors() -> None:
    """From now on, what this process writes to standard error is redacted, tracebacks included."""
    sys.stderr = _covered(sys.stderr)


def _covered(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Redacted) else cast("TextIO", Redacted(stream))
