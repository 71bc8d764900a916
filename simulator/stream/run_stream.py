"""Writes and reads the event stream of a run as JSON lines. Every report is a function of the stream.

`simulator/stream/events.py` defines every event. The first line is the tool's `run` event, the last line its `end` event.
A stream without an `end` event belongs to a run that was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple, cast, is_typeddict, overload

import orjson

from secrecy.lost_output import OutputFile
from secrecy.private_files import is_special
from secrecy.redaction import knows_something_in, redacted_value
from secrecy.temporary import temporary_folder
from simulator.guard.json_text import BadJson, read_json
from simulator.stream import events
from simulator.stream.events import FORMAT, CheckEvent, Event, LoadEvent, ReplayEvent, SimulateEvent
from simulator.stream.shape import misfit

MILESTONES = (
    "run",
    "check",
    "provisional",
    "end",
)  # events after which the file is flushed, so that it is complete even if the process is killed
Listener = Callable[[Any], None]  # is called with each event of one tool


class UnreadableStream(Exception):
    """The file is not a complete run stream. The message names the problem and the line."""


class Place(NamedTuple):
    """Where the events of a run go: a file that can be read afterwards, and a device or a pipe that gets a copy."""

    file: Path
    copy: Path | None = None


@contextmanager
def stream_place(wanted: Path | None) -> Iterator[Place]:
    """The place of a stream that is read at the end of a run: `wanted`, or a temporary file that is deleted after the block.

    What cannot be read again, such as /dev/stdout, gets a copy.
    """
    if wanted is not None and not is_special(wanted):
        yield Place(wanted)
        return
    with temporary_folder() as folder:
        yield Place(folder / "run.jsonl", wanted)


class RunStream:
    """Writes the events of one run to a file (if any) and passes them to the listeners, in order.

    Use it as a context manager. Write the tool's `run` event first and its `end` event last. Listeners are live readers such
    as the console. Without `exchanges`, no one reads the `exchange` events and the entries of turns that did not fail, so a
    simulation does not make them: that is most of what it would write.
    """

    def __init__(
        self, place: Path | Place | None = None, listeners: tuple[Listener, ...] = (), *, exchanges: bool = True
    ) -> None:
        self.exchanges = exchanges
        self._listeners = listeners
        paths = place if isinstance(place, Place) else (place,)
        self._files = [OutputFile(path) for path in paths if path is not None]

    def __enter__(self) -> RunStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for file in self._files:
            file.close()

    def write(self, event: Event) -> None:
        """Append one event with known secrets redacted. Values must be JSON; datetimes are written in ISO 8601.

        Raises OutputLost if the file cannot be written. After that, events only reach the listeners.
        """
        line = orjson.dumps(event)
        if knows_something_in(line.decode()):
            event = redacted_value(event, own_words())
            line = orjson.dumps(event)
        for file in self._files:
            file.write(line + b"\n")
        for listener in self._listeners:
            listener(event)
        if event["event"] in MILESTONES:
            for file in self._files:
                file.flush()


@cache
def own_words() -> frozenset[str]:
    """The field names of all events. Redacting a token that equals one of them, such as `request_body`, must not change it."""
    return frozenset(name for each in vars(events).values() if is_typeddict(each) for name in each.__annotations__)


@overload
def read_stream(path: Path) -> Iterator[Event]: ...
@overload
def read_stream(path: Path, tool: Literal["simulate"]) -> Iterator[SimulateEvent]: ...
@overload
def read_stream(path: Path, tool: Literal["replay"]) -> Iterator[ReplayEvent]: ...
@overload
def read_stream(path: Path, tool: Literal["check"]) -> Iterator[CheckEvent]: ...
@overload
def read_stream(path: Path, tool: Literal["load"]) -> Iterator[LoadEvent]: ...
def read_stream(path: Path, tool: str | None = None) -> Iterator[Any]:
    """Yield the events of a finished run, from `run` to `end`. With `tool`, only a stream of this tool is accepted.

    Raises UnreadableStream for a stream of another tool, for a line that is not an event of the stream's tool, and after the
    last event if that is not the `end` event.
    """
    if not path.is_file():
        raise UnreadableStream(f"{path}: {'expected a file, got a folder' if path.is_dir() else 'no such file'}")
    header: dict[str, Any] = {}
    last: dict[str, Any] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                last = read_json(line)
            except BadJson as error:
                raise UnreadableStream(f"{path}:{number}: {error}") from None
            if not isinstance(last, dict):
                raise UnreadableStream(f"{path}:{number}: expected a JSON object")
            if number == 1:
                header = last
                if header.get("event") != "run" or header.get("format") != FORMAT:
                    raise UnreadableStream(f'{path}:1: expected {{"event": "run", "format": {FORMAT}}}')
                if tool is not None and header.get("tool") != tool:
                    raise UnreadableStream(
                        f"{path}: expected a stream of {tool}, got a stream of {str(header.get('tool'))[:40]}"
                    )
            if wrong := misfit(str(header.get("tool")), last):
                event = f"the event {str(last.get('event'))[:40]!r} of {str(header.get('tool'))[:40]!r}"
                raise UnreadableStream(
                    f"{path}:{number}: {event} has an unexpected value or a missing field: {wrong[:200]}"
                )
            yield cast("Event", last)
    if not header:
        raise UnreadableStream(f"{path}: the file is empty")
    if last.get("event") != "end":
        raise UnreadableStream(f"{path}: the run was interrupted (the last line is not an end event); run it again")
