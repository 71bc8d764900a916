"""A tape: the exchanges of a run as JSON lines, without secrets; any run stream is one too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from simulator.wire.exchange import Exchange
from simulator.wire.redact import redact_body

TAPE_FORMAT = 1


class UnreadableTape(Exception):
    """The file is no tape; the message gives file and line."""


class Recorder:
    """A stream listener that writes every exchange to a tape; passwords in bodies are replaced."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._write({"event": "tape", "format": TAPE_FORMAT, "base_url": base_url})

    def __call__(self, event: dict[str, Any]) -> None:
        if event["event"] == "exchange":
            self._write({**event, "request_body": _clean(event["request_body"])})

    def close(self) -> None:
        self._file.close()

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(orjson.dumps(value) + b"\n")


def read_tape(path: Path) -> tuple[str, Iterator[Exchange]]:
    """(base URL it was recorded from, its exchanges); raises UnreadableTape."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UnreadableTape(f"{path}: {error.strerror or error}") from None
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            events.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise UnreadableTape(f"{path}:{number}: not JSON: {error}") from None
    head = events[0] if events and isinstance(events[0], dict) else {}
    if head.get("event") == "tape" and head.get("format") == TAPE_FORMAT:
        base_url = head["base_url"]
    elif head.get("event") == "run":
        base_url = head["target"]["url"]
    else:
        raise UnreadableTape(f"{path}:1: expected a tape or a run stream")
    try:
        exchanges = [Exchange.from_event(event) for event in events if event.get("event") == "exchange"]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableTape(f"{path}: an exchange has another shape than expected: {error!r}") from None
    if not exchanges:
        raise UnreadableTape(f"{path}: there is no exchange in it")
    return base_url, iter(exchanges)


def _clean(body: str | None) -> str | None:
    if not body or "assword" not in body:
        return body
    try:
        return orjson.dumps(redact_body(orjson.loads(body))).decode()
    except orjson.JSONDecodeError:
        return body
