"""The requests as rows, newest first, and each of them in full with the entry that Entra's provisioning log would show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from live_page.session.recording import MOST_ROWS, Row
from simulator.report.provisioning_log import LogReader
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange

PAGE = 100


def traffic_page(
    play: Playthrough, *, who: str, operation: str, status: str, person: str, before: int | None
) -> dict[str, Any]:
    """The newest requests that match the filter, before the request with a number. Empty strings match everything.

    It judges the latest requests, so do not call it on the event loop.
    """
    recording, verdicts = play.recording, play.verdicts.look()
    rows = list(recording.rows)
    wanted = _filter(play, who, operation, status, person)
    found = (row for row in reversed(rows) if (before is None or row.number < before) and wanted(row))
    page = list(islice(found, PAGE + 1))
    return {
        "rows": [_shown(play, row) for row in page[:PAGE]],
        "more": len(page) > PAGE,
        "total": recording.exchanges,
        "kept": min(recording.exchanges, MOST_ROWS),
        "operations": sorted({row.operation for row in rows}),
        **verdicts,
    }


def log_page(play: Playthrough, *, who: str, status: str, before: int | None) -> dict[str, Any]:
    """The newest entries of the provisioning log that match the filter, as Entra's portal lists them."""
    recording, words = play.recording, who.casefold().strip()
    found = (
        row
        for row in reversed(list(recording.log))
        if (before is None or row.number < before)
        and (not status or row.status == status)
        and (not words or words in row.name.casefold() or words in row.error.casefold())
    )
    page = list(islice(found, PAGE + 1))
    return {"rows": [row._asdict() for row in page[:PAGE]], "more": len(page) > PAGE, "total": recording.entries}


def log_details(play: Playthrough, number: int) -> dict[str, Any]:
    """An entry of the provisioning log in full, with the numbers of its requests. Raises Problem."""
    row = next((row for row in play.recording.log if row.number == number), None)
    if row is None:
        raise Problem("This entry is not in the list any longer.", "Choose another one.")
    entry = play.recording.entry_at(row.place)
    return {"log": _log(play, entry), "exchanges": entry["exchanges"]}


def exchange_details(play: Playthrough, number: int) -> dict[str, Any]:
    """A request in full, with its entry in the provisioning log. Raises Problem."""
    event = play.recording.exchange(number)
    if event is None:
        raise Problem("There is no request with this number.", "Choose one in the list.")
    entry = play.recording.entry_of(number)
    who = event["cause"].get("person") or event["cause"].get("group") or ""
    return {
        **event,
        "who": play.name_of(who),
        "curl": as_curl(Exchange.from_event(event)),
        "log": _log(play, entry),
        "findings": play.verdicts.on(number),
    }


def _log(play: Playthrough, entry: dict[str, Any] | None) -> Any:
    """An `entry` event as Microsoft Graph shows it."""
    if entry is None:
        return None
    reader = LogReader()
    for event in _before(play, entry):
        reader.entry(event)
    return reader.entry(entry)  # type: ignore[arg-type]  # read from the stream that we wrote


def _before(play: Playthrough, entry: dict[str, Any]) -> Iterator[Any]:
    """The events that an entry of the log is made from."""
    yield play.recording.header()
    if entry["person"]:
        yield from (event for event in play.recording.of_person(entry["person"])[:1] if event["event"] == "person")
    for number in entry["exchanges"]:
        exchange = play.recording.exchange(number)
        if exchange is not None:
            yield exchange


def _filter(play: Playthrough, who: str, operation: str, status: str, person: str) -> Callable[[Row], bool]:
    words = who.casefold().strip()

    def names(row: Row) -> bool:
        name = play.name_of(row.person or row.group)
        return words in name.casefold() or words in row.path.casefold() or words in (row.person, row.group)

    def wanted(row: Row) -> bool:
        return (
            (not person or row.person == person)
            and (not operation or row.operation == operation)
            and (not status or _is(row, status))
            and (not words or names(row))
        )

    return wanted


def _is(row: Row, status: str) -> bool:
    code = row.status or 0
    match status:
        case "success":
            return 200 <= code < 400
        case "rejected":
            return 400 <= code < 500
        case "failed":
            return code == 0 or code >= 500
        case "writes":
            return row.method != "GET"
    return str(code) == status


def _shown(play: Playthrough, row: Row) -> dict[str, Any]:
    who = row.person or row.group
    return {**row._asdict(), "who": play.name_of(who) or who, "findings": play.verdicts.on(row.number)}
