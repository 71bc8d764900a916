"""A tape: the exchanges of a run as JSON lines, without secrets; any run stream is one too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from simulator.guard.json_text import BadJson, read_json
from simulator.stream.events import ExchangeEvent, SimulateEvent
from simulator.tape.har import UnreadableHar, from_har, to_har
from simulator.wire.exchange import Exchange
from simulator.wire.redact import redact_body

TAPE_FORMAT = 1


class UnreadableTape(Exception):
    """The file is no tape; the message gives file and line."""


def write_tape(path: Path, base_url: str, exchanges: Iterable[Exchange]) -> int:
    """Write a tape, or a HAR where the file is called so; returns how many exchanges it has. Raises OSError."""
    if path.suffix == ".har":
        held = list(exchanges)
        path.write_bytes(orjson.dumps(to_har(held), option=orjson.OPT_INDENT_2))
        return len(held)
    count = 0
    with path.open("wb") as file:
        file.write(orjson.dumps({"event": "tape", "format": TAPE_FORMAT, "base_url": base_url}) + b"\n")
        for exchange in exchanges:
            file.write(orjson.dumps(exchange.to_event()) + b"\n")
            count += 1
    return count


class Recorder:
    """A stream listener that writes every exchange to a tape (or HAR, by suffix); passwords in bodies are replaced."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._har: list[Exchange] | None = [] if path.suffix == ".har" else None
        self._path = path
        self._file: IO[bytes] = path.open("wb")
        self._write({"event": "tape", "format": TAPE_FORMAT, "base_url": base_url})

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "exchange":
            cleaned: ExchangeEvent = {**event, "request_body": _clean(event["request_body"])}
            if self._har is not None:
                self._har.append(Exchange.from_event(cleaned))
            else:
                self._write(cleaned)

    def close(self) -> None:
        self._file.close()
        if self._har is not None:
            write_tape(self._path, "", self._har)

    def _write(self, value: ExchangeEvent | dict[str, Any]) -> None:
        self._file.write(orjson.dumps(value) + b"\n")


def read_tape(path: Path) -> tuple[str, Iterator[Exchange]]:
    """(base URL it was recorded from, its exchanges), of a tape, a run stream or a HAR; raises UnreadableTape."""
    if path.suffix == ".har":
        return _read_har(path)
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UnreadableTape(f"{path}: {error.strerror or error}") from None
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            events.append(read_json(line))
        except BadJson as error:
            raise UnreadableTape(f"{path}:{number}: {error}") from None
        if not isinstance(events[-1], dict):
            raise UnreadableTape(f"{path}:{number}: expected a JSON object")
    head = events[0] if events and isinstance(events[0], dict) else {}
    if head.get("event") == "tape" and head.get("format") == TAPE_FORMAT:
        base_url = head.get("base_url")
    elif head.get("event") == "run":
        target = head.get("target")
        base_url = target.get("url") if isinstance(target, dict) else None
    else:
        raise UnreadableTape(f"{path}:1: expected a tape or a run stream")
    if not isinstance(base_url, str):
        raise UnreadableTape(f"{path}:1: expected the base URL of the recording")
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


def _read_har(path: Path) -> tuple[str, Iterator[Exchange]]:
    try:
        base_url, exchanges = from_har(read_json(path.read_bytes()))
    except OSError as error:
        raise UnreadableTape(f"{path}: {error.strerror or error}") from None
    except BadJson as error:
        raise UnreadableTape(f"{path}: {error}") from None
    except UnreadableHar as error:
        raise UnreadableTape(f"{path}: {error}") from None
    return base_url, iter(exchanges)
