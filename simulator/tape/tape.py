"""A tape: the exchanges of a run as JSON lines without secrets. Every run stream is also a tape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from secrecy.lost_output import OutputFile, OutputLost
from secrecy.places import SECRET_NAMES, learn_recorded, recorded_headers, without_password, without_secrets
from secrecy.private_files import write_private
from secrecy.redaction import redacted_value
from simulator.guard.json_text import BadJson, read_json
from simulator.stream.events import ExchangeEvent, SimulateEvent
from simulator.stream.run_stream import own_words
from simulator.tape.har import UnreadableHar, from_har, to_har
from simulator.wire.exchange import Exchange

TAPE_FORMAT = 1


class UnreadableTape(Exception):
    """The file is not a tape. The message names the file and the line."""


def write_tape(path: Path, base_url: str, exchanges: Iterable[Exchange]) -> int:
    """Write a tape, or a HAR if the suffix is .har. Returns the number of exchanges. Raises OSError."""
    held = [_without_secrets(exchange) for exchange in exchanges]
    if path.suffix == ".har":
        write_private(path, orjson.dumps(redacted_value(to_har(held)), option=orjson.OPT_INDENT_2))
        return len(held)
    head = {"event": "tape", "format": TAPE_FORMAT, "base_url": without_password(base_url)}
    events = redacted_value([head, *(exchange.to_event() for exchange in held)], own_words())
    write_private(path, b"".join(orjson.dumps(event) + b"\n" for event in events))
    return len(held)


class Recorder:
    """A stream listener that writes every exchange to a tape, or to a HAR if the suffix is .har. Passwords are redacted."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._har: list[Exchange] | None = [] if path.suffix == ".har" else None
        self._path = path
        self._file = OutputFile(path)
        self._write({"event": "tape", "format": TAPE_FORMAT, "base_url": base_url})

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "exchange":
            exchange = Exchange.from_event(event)
            if self._har is not None:
                self._har.append(exchange)
            else:
                self._write(_without_secrets(exchange).to_event())

    def close(self) -> None:
        self._file.close()
        if self._har is not None:
            try:
                write_tape(self._path, "", self._har)
            except OSError as error:
                raise OutputLost(self._path, error) from None

    def _write(self, value: ExchangeEvent | dict[str, Any]) -> None:
        self._file.write(orjson.dumps(value) + b"\n")


def read_tape(path: Path) -> tuple[str, Iterator[Exchange]]:
    """The base URL and the exchanges of a tape, a run stream, or a HAR. Raises UnreadableTape."""
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
        raise UnreadableTape(f"{path}: an exchange is not valid: {error!r}") from None
    if not exchanges:
        raise UnreadableTape(f"{path}: the file contains no requests")
    for exchange in exchanges:
        bodies = [body.decode("utf-8", "replace") for body in (exchange.request_body, exchange.response_body) if body]
        learn_recorded(exchange.url, [*exchange.request_headers.items(), *exchange.response_headers.items()], bodies)
    return base_url, iter(exchanges)


def _without_secrets(exchange: Exchange) -> Exchange:
    """The exchange without values in places that hold credentials, of any length. Known secrets are redacted later."""
    return replace(
        exchange,
        url=without_password(exchange.url),
        request_headers=recorded_headers(exchange.request_headers),
        request_body=None if exchange.request_body is None else _clean(exchange.request_body),
        response_headers=recorded_headers(exchange.response_headers),
        response_body=_clean(exchange.response_body),
    )


def _clean(body: bytes) -> bytes:
    if not SECRET_NAMES.search(body.decode("utf-8", "replace")):
        return body
    try:
        return orjson.dumps(without_secrets(orjson.loads(body)))
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
