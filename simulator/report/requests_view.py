"""The requests of a dry run by person and group, made from the stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from simulator.report.difference import printable
from simulator.stream.events import ExchangeEvent, SimulateEvent
from simulator.wording import counted


def request_lines(events: Iterable[SimulateEvent]) -> Iterator[str]:
    """Each person or group followed by its requests, in the order of the first request."""
    names: dict[str, str] = {}
    requests: dict[str, list[str]] = {}
    exchanges: dict[int, ExchangeEvent] = {}
    total = 0
    for event in events:
        if event["event"] == "exchange":
            exchanges[event["number"]] = event
        elif event["event"] == "entry":
            whose = event["group"] or event["person"] or ""
            names[whose] = event["name"]
            for number in event["exchanges"]:
                requests.setdefault(whose, []).append(_line(exchanges.pop(number)))
                total += 1
    for whose, lines in requests.items():
        yield f"{printable(names[whose])}  ({whose})"
        yield from lines
        yield ""
    probes = len(exchanges)
    whose = counted(len(requests), "person or group", "people and groups")
    yield f"{counted(total, 'request')} for {whose}, and {probes} for connection tests; nothing was sent"


def _line(event: ExchangeEvent) -> str:
    parts = urlsplit(event["url"])
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    when = (event["virtual_at"] or "")[:16].replace("T", " ")
    body = f"  {printable(event['request_body'])}" if event["request_body"] else ""
    return f"  {when}  {event['method']:<6} {path}{body}"
