"""The stream of a run: JSON lines with a header, events and a footer; every output is a reader of it.

Header `{"event": "run", "format": 1, "tool": …, "seed": …, …}`, then events, then the footer
`{"event": "end", "verdict": …, "exit_code": …, …}`. A stream without its footer comes from a run that was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import orjson

FORMAT = 1
Event = dict[str, Any]
Listener = Callable[[Event], None]


class UnreadableStream(Exception):
    """The file is no complete run stream; the message says what is wrong and in which line."""


class RunStream:
    """Collects the events of one run: appends them to a file (if any) and tells the listeners, in order.

    Use as a context manager; `start` and `end` write header and footer. Listeners are the live readers (console).
    """

    def __init__(self, path: Path | None = None, listeners: tuple[Listener, ...] = ()) -> None:
        self.path = path
        self._listeners = listeners
        self._file: IO[bytes] | None = path.open("wb") if path else None

    def __enter__(self) -> RunStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def start(self, tool: str, seed: int | None, **facts: Any) -> None:
        """Write the header. `facts` may hold target, settings, versions; never a token."""
        self.write({"event": "run", "format": FORMAT, "tool": tool, "seed": seed, **facts})

    def write(self, event: Event) -> None:
        """Append one event; values must be JSON (datetimes are written in ISO 8601)."""
        if self._file:
            self._file.write(orjson.dumps(event) + b"\n")
        for listener in self._listeners:
            listener(event)

    def end(self, verdict: str, exit_code: int, **summary: Any) -> None:
        """Write the footer: `verdict` in one sentence, the exit code, and the summary's figures."""
        self.write({"event": "end", "verdict": verdict, "exit_code": exit_code, "summary": summary})
        if self._file:
            self._file.flush()


def read_stream(path: Path) -> Iterator[Event]:
    """The events of a finished run, header first, footer last; raises UnreadableStream before anything is judged."""
    if not path.is_file():
        raise UnreadableStream(f"{path}: no such file")
    last: Event = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                last = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise UnreadableStream(f"{path}:{number}: not JSON: {error}") from None
            if number == 1 and (last.get("event") != "run" or last.get("format") != FORMAT):
                raise UnreadableStream(f'{path}:1: expected {{"event": "run", "format": {FORMAT}}}')
            yield last
    if last.get("event") != "end":
        raise UnreadableStream(f"{path}: the run was cut off, its last line is no footer; run it again")
