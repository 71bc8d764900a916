"""The event stream of a playthrough: a file with everything, and an index in memory that finds single events in it.

The memory is bounded. Rows of the traffic view exist for the latest requests only; older ones can still be read by number.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from secrecy.private_files import create_private
from simulator.stream.events import (
    ChangeEvent,
    CycleEvent,
    DifferenceEvent,
    EntryEvent,
    ExchangeEvent,
    ExpectationEvent,
    NoticeEvent,
    SimulateEvent,
    SimulateVerifiedEvent,
    SyncEvent,
)

MOST_ROWS = 20_000  # requests in the traffic view
MOST_ENTRIES = 10_000  # entries in the list of the provisioning log
MOST_NAMES = 6  # attributes that a row of the log names
MOST_KEPT = 2_000  # cycles, changes, syncs, and the like
MOST_DIFFERENCES = 5_000
NOTHING = 2**64 - 1  # no offset


class Row(NamedTuple):
    """One request in the traffic view."""

    number: int
    at: str | None
    method: str
    path: str
    status: int | None
    milliseconds: float
    operation: str
    cycle: str
    person: str
    group: str


class LogRow(NamedTuple):
    """One entry of the provisioning log. `place` is where it stands in the file."""

    number: int
    at: str
    name: str
    kind: str
    action: str
    status: str
    error: str
    reason: str
    changed: str
    place: int


@dataclass(slots=True)
class Progress:
    """The totals of the entries since the last cycle ended."""

    entries: int = 0
    failed: int = 0


class Recording:
    """Writes the events of one playthrough, and answers questions about them from any thread."""

    def __init__(self, path: Path, base_url: str) -> None:
        self.path = path
        self.base_url = base_url.partition("?")[0].rstrip("/")
        self.rows: deque[Row] = deque(maxlen=MOST_ROWS)
        self.log: deque[LogRow] = deque(maxlen=MOST_ENTRIES)
        self.entries = 0
        self.cycles: deque[CycleEvent] = deque(maxlen=MOST_KEPT)
        self.changes: deque[ChangeEvent] = deque(maxlen=MOST_KEPT)
        self.syncs: deque[SyncEvent] = deque(maxlen=MOST_KEPT)
        self.notices: deque[NoticeEvent] = deque(maxlen=MOST_KEPT)
        self.expectations: deque[ExpectationEvent] = deque(maxlen=MOST_KEPT)
        self.remarks: list[str] = []
        self.verified: SimulateVerifiedEvent | None = None
        self.progress = Progress()
        self._differences: dict[int, DifferenceEvent] = {}
        self._exchange_at = array("Q")
        self._entry_at = array("Q")
        self._of_person: dict[str, array[int]] = {}
        self._lock = threading.Lock()
        self._file = create_private(path)
        self._end = 0

    @property
    def exchanges(self) -> int:
        """The number of requests so far."""
        return len(self._exchange_at)

    def __call__(self, event: SimulateEvent) -> None:
        """Write one event, whose secrets are redacted already."""
        line = orjson.dumps(event) + b"\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()
            self._note(event, self._end)
            self._end += len(line)

    def close(self) -> None:
        """Close the file. What is in it can still be read."""
        self._file.close()

    # ── questions ──

    def exchange(self, number: int) -> ExchangeEvent | None:
        """The request with this number."""
        if not 1 <= number <= len(self._exchange_at):
            return None
        found: ExchangeEvent = self._read(self._exchange_at[number - 1])
        return found

    def entry_of(self, number: int) -> dict[str, Any] | None:
        """The `entry` event of the provisioning log that a request belongs to."""
        if not 1 <= number <= len(self._entry_at) or self._entry_at[number - 1] == NOTHING:
            return None
        found: dict[str, Any] = self._read(self._entry_at[number - 1])
        return found

    def of_person(self, object_id: str) -> list[Any]:
        """The events that concern a person, in order."""
        with self._lock:
            places = list(self._of_person.get(object_id, ()))
        return [self._read(place) for place in places]

    def entry_at(self, place: int) -> dict[str, Any]:
        """The `entry` event at a place that a row of the log names."""
        found: dict[str, Any] = self._read(place)
        return found

    def header(self) -> Any:
        """The `run` event."""
        return self._read(0)

    def differences(self) -> list[DifferenceEvent]:
        """The differences that the latest comparison found."""
        if self.verified is None:
            return []
        numbers = [number for first, last in self.verified["found"] for number in range(first, last + 1)]
        return [self._differences[number] for number in numbers if number in self._differences]

    def lines(self) -> Iterator[bytes]:
        """Every line that is written so far."""
        with self._lock:
            end = self._end
        read = 0
        with self.path.open("rb") as lines:
            for line in lines:
                read += len(line)
                if read > end:
                    return
                yield line

    # ── the index ──

    def _read(self, place: int) -> Any:
        with self.path.open("rb") as file:
            file.seek(place)
            return orjson.loads(file.readline())

    def _note(self, event: SimulateEvent, place: int) -> None:
        person = _person_of(event)
        if person:
            self._of_person.setdefault(person, array("Q")).append(place)
        match event["event"]:
            case "exchange":
                self._exchange_at.append(place)
                self._entry_at.append(NOTHING)
                self.rows.append(self._row(event))
            case "entry":
                self.progress.entries += event["kind"] in ("user", "group")
                self.progress.failed += event["status"] == "Failure"
                for number in event["exchanges"]:
                    self._entry_at[number - 1] = place
                self.entries += 1
                self.log.append(self._log_row(event, place))
            case "cycle":
                self.cycles.append(event)
                self.progress = Progress()
            case "difference":
                if len(self._differences) < MOST_DIFFERENCES:
                    self._differences[event["number"]] = event
            case "verified":
                self.verified = event
            case "remark":
                self.remarks.append(event["text"])
            case _:
                self._keep(event)

    def _keep(self, event: SimulateEvent) -> None:
        match event["event"]:
            case "change":
                self.changes.append(event)
            case "sync":
                self.syncs.append(event)
            case "notice":
                self.notices.append(event)
            case "expectation":
                self.expectations.append(event)

    def _log_row(self, event: EntryEvent, place: int) -> LogRow:
        names = [str(name).rpartition(":")[2] for name, _, _ in event["modified"]]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return LogRow(
            self.entries,
            event["at"],
            event["name"],
            event["kind"],
            event["action"],
            event["status"],
            event["error_code"] or "",
            event["reason"],
            ", ".join(names[:MOST_NAMES]) + more,
            place,
        )

    def _row(self, event: ExchangeEvent) -> Row:
        cause = event["cause"]
        return Row(
            event["number"],
            event["virtual_at"],
            event["method"],
            event["url"].removeprefix(self.base_url),
            event["status"],
            round(event["duration_ms"], 1),
            cause.get("operation", ""),
            cause.get("cycle", ""),
            cause.get("person", ""),
            cause.get("group", ""),
        )


def _person_of(event: SimulateEvent) -> str | None:
    """The object id of the person that an event concerns."""
    match event["event"]:
        case "person":
            return event["id"]
        case "exchange":
            return event["cause"].get("person")
        case "entry" | "change" | "account" | "expectation":
            return event["person"]
        case "difference":
            return event.get("object_id")
    return None
