"""The provisioning log in the terminal: a header for each cycle, a line for each object, and optional details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.report.difference import printable
from simulator.report.log_entry import LogEntry
from simulator.report.provisioning_log import LogReader
from simulator.stream.events import CycleEvent, Event

MARKS = {"success": "✔", "failure": "✘", "skipped": "–", "warning": "!"}
BODY = 400


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Selects log entries. Empty fields match everything, case is ignored, and `who` matches a part of a name or id."""

    who: str = ""
    action: str = ""
    status: str = ""
    code: str = ""

    def takes(self, entry: LogEntry) -> bool:
        info, error = entry["provisioningStatusInfo"], entry["provisioningStatusInfo"]["errorInformation"]
        source, target = entry["sourceIdentity"], entry["targetIdentity"]
        names = (source["displayName"], source["id"], target["id"])
        return (
            (not self.who or any(self.who.casefold() in name.casefold() for name in names))
            and (not self.action or entry["provisioningAction"] == self.action.lower())
            and (not self.status or info["status"] == self.status.lower())
            and (not self.code or (error["errorCode"] if error else "").lower() == self.code.lower())
        )


def log_lines(events: Iterable[Event], wanted: LogFilter, *, details: bool = False) -> Iterator[str]:
    """The lines of the log. With a filter, cycles without a matching entry are left out."""
    reader, lines = LogReader(), list[str]()
    for event in events:
        entry = reader.entry(event)
        if entry is not None and wanted.takes(entry):
            lines += entry_lines(entry, details=details)
        if event["event"] == "cycle":
            if lines or wanted == LogFilter():
                yield _head(event)
            yield from lines
            lines.clear()
    if lines:
        yield "a cycle whose connection test failed"
        yield from lines


def _head(cycle: CycleEvent) -> str:
    counts = (
        f"imported {cycle['imported']}  exported {cycle['exported']}  skipped {cycle['skipped']}  "
        f"failed {cycle['failed']}  escrowed {cycle['escrowed']}"
    )
    times = f"{cycle['at'][:16].replace('T', ' ')} → {cycle['ended_at'][11:19]}"
    return f"cycle {cycle['number']}  {cycle['kind']}  {times}  {counts}  quarantine {cycle['quarantine'] or 'no'}"


def entry_lines(entry: LogEntry, *, details: bool) -> list[str]:
    """The lines of one entry: one line, up to two more for an error, and with `details` Entra's four tabs and the requests."""
    info, error = entry["provisioningStatusInfo"], entry["provisioningStatusInfo"]["errorInformation"]
    name = printable(entry["sourceIdentity"]["displayName"])
    when = entry["activityDateTime"][:19].replace("T", " ")
    mark, action = MARKS.get(info["status"], "?"), entry["provisioningAction"]
    line = f"  {mark} {when}  {action:<13}{info['status']:<9}{name[:36]:<37}{entry['targetIdentity']['id'][:24]}"
    lines = [line.rstrip()]
    if error:
        retry = error["reason"].rpartition(" This operation was retried ")
        told = f"{entry['explanation']}{retry[1]}{retry[2]}" if retry[1] else entry["explanation"]
        lines.append(f"      {error['errorCode']}: {printable(told)[:300]}")
        if entry["advice"]:
            lines.append(f"      {entry['advice']}")
    if not details:
        return lines
    lines.append("      Steps")
    for step in entry["provisioningSteps"]:
        sign = MARKS.get(step["status"], "?")
        lines.append(f"        {sign} {step['provisioningStepType']:<21}{printable(step['description'])}")
        if step["provisioningStepType"] != "export":
            lines += [f"            {key}: {printable(str(value))}" for key, value in step["details"].items()]
    if entry["modifiedProperties"]:
        lines.append("      Modified properties")
        for changed in entry["modifiedProperties"]:
            old, new = printable(str(changed["oldValue"])), printable(str(changed["newValue"]))
            lines.append(f"        {changed['displayName']}: {old if changed['oldValue'] is not None else '–'} → {new}")
    lines.append("      Summary")
    lines.append(f"        source {entry['sourceIdentity']['id']}  change {entry['changeId']}")
    if entry["exchanges"]:
        lines.append("      Requests")
    for exchange in entry["exchanges"]:
        lines.append(
            f"        {exchange['method']} {printable(exchange['url'])} → {exchange['status'] or exchange['failure']}"
        )
        for sign, body in ((">", exchange["request_body"]), ("<", exchange["response_body"])):
            if body:
                lines.append(f"          {sign} {printable(body)[:BODY]}")
    return lines
