"""The console output of a simulation: progress during the run and the summary at the end, made from the stream."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TextIO

from simulator.report.difference import in_one_line, printable
from simulator.report.difference_table import DifferenceTable, Line, attributes_of
from simulator.report.run_events import still_active
from simulator.stream.events import EntryEvent, ExpectationEvent, SimulateEvent, SimulateSummary
from simulator.wording import counted

Failure = EntryEvent | ExpectationEvent
EVERY_SECONDS = 1.0
MAX_FAILURES = 5
MAX_WORDS = 120  # characters of a failure's reason
MAX_DIFFERENCES = 20
MAX_OF_ATTRIBUTE = 5  # per attribute; differences that affect access have no such limit
ABOUT_ACCESS = ("unreadable", "active", "unexpected")


class ConsoleReport:
    """Listens to a run and prints its progress.

    On a terminal, one line is rewritten; elsewhere, at most one line per second is printed. Lines have up to 100 characters.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._told_at = 0.0
        self._url = ""
        self._phase = ""
        self._failures: list[Failure] = []
        self._requests = 0
        self._more = 0
        self._end: SimulateSummary | None = None
        self._was_good = False
        self._differences = DifferenceTable()
        self._alike: Counter[tuple[str | None, str]] = Counter()

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "run":
            self._url = event["target"]["url"]
        elif event["event"] == "phase" and event["state"] != "end":
            self._phase = event["name"]
            self._line(f"  {event['name']:<10} {event['detail']}", force=event["state"] == "start")
        elif event["event"] in ("remark", "leftovers", "notice", "cleanup"):
            for line in around_lines(event, self._url):
                self._line(line, force=True)
        elif event["event"] == "cycle":
            moment = event["at"][:16].replace("T", " ")
            self._requests += sum(event["requests"].values())
            self._line(f"  {self._phase:<10} {moment}  cycle {event['number']}, {counted(self._requests, 'request')}")
        elif (event["event"] == "entry" and event["status"] == "Failure") or (
            event["event"] == "expectation" and not event["held"]
        ):
            self._note(event)
        elif event["event"] == "end":
            self._was_good, self._end = event["exit_code"] == 0, event["summary"]
        self._differences(event)

    def finish(self) -> None:
        """End the progress line and list each distinct failure and difference."""
        if self._live:
            self._out.write("\r\x1b[K")
        if self._was_good:
            return  # failures during a passed run are those that the scenario intends
        if self._end and (still_on := self._end.get("leavers_still_active", 0)):
            self._out.write(f"  ✘ left, but still active in the target: {counted(still_on, 'user')}\n")
        for event in self._failures:
            if event["event"] == "expectation":
                self._out.write(f"  ✘ {event['at'][:16]} expected: {printable(event['text'])}\n")
                self._out.write(f"      found     {printable(event['found'])}\n")
                continue
            words = _one_line(event["reason"])
            again = self._alike[_likeness(event)] - 1
            self._out.write(f"  ✘ {event['at'][:16]} cycle {event['cycle']}: {event['error_code']}: {words}\n")
            if again:
                self._out.write(f"      and {again} more like it\n")
        if self._more:
            self._out.write(f"    and {self._more} more in the report\n")
        self._out.writelines(line + "\n" for line in difference_lines(self._differences))
        self._out.flush()

    def _note(self, event: Failure) -> None:
        if event["event"] == "entry":
            alike = _likeness(event)
            self._alike[alike] += 1
            if self._alike[alike] > 1:
                return  # similar failures are shown once, with their number
        if len(self._failures) < MAX_FAILURES:
            self._failures.append(event)
        else:
            self._more += 1

    def _line(self, line: str, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._told_at < (0.1 if self._live else EVERY_SECONDS):
            return
        self._told_at = now
        if force:
            self._out.write(f"\r\x1b[K{line}\n" if self._live else f"{line}\n")
        else:
            self._out.write(f"\r\x1b[K{line[:99]}" if self._live else f"{line[:99]}\n")
        self._out.flush()


def around_lines(event: SimulateEvent, url: str) -> list[str]:
    """The lines about remarks, resources of an earlier run, and the cleanup."""
    removal = f'scimulator clean --url {printable(url)} --token "$SCIM_TOKEN"'
    if event["event"] == "remark":
        return [f"  !          {printable(event['text'])}"]
    if event["event"] == "notice":
        return [f"  {event['channel']:<10} {event['at'][:16].replace('T', ' ')}  {printable(event['text'])}"]
    if event["event"] == "leftovers":
        found = f"{counted(event['users'], 'user')} and {counted(event['groups'], 'group')}"
        maker = f" (Entra ID provisioned {event['by_entra']} of the users)" if event["by_entra"] else ""
        return [
            f"  !          The target contains {found} of an earlier run{maker}, such as",
            f"             {printable(', '.join(event['names']))}. This run does not remove them.",
            f"             To remove them: {removal}",
        ]
    if event["event"] != "cleanup":
        return []
    left = event["left"]
    if event["kept"]:
        told = f"  kept       {counted(len(left), 'resource')} that this run created."
        return [f"{told} To remove them: {removal}"]
    lines = [f"  removed    {counted(event['removed'], 'resource')} that this run created"]
    if left:
        lines.append(f"  ✘          {counted(len(left), 'resource')} could not be removed: {some_of(left)}")
    if listed := event.get("still_listed"):
        lines.append(
            f"  !          The target still lists {counted(len(listed), 'deleted resource')}: {some_of(listed)}"
        )
    return lines


def kept_line(paths: list[str]) -> str:
    """The line of a tool that leaves what it creates in the target on purpose."""
    return f"  kept       {counted(len(paths), 'resource')} that this run created: {some_of(paths)}"


def some_of(paths: list[str]) -> str:
    """The first three paths."""
    return printable(", ".join(paths[:3]) + (", …" if len(paths) > 3 else ""))


def difference_lines(table: DifferenceTable) -> list[str]:
    """One line per distinct difference, ordered by severity, and a summary of the differences that are not shown."""
    lines = table.lines()
    shown: list[Line] = []
    alike: Counter[str] = Counter()
    for line in lines:
        alike[line.what] += 1
        if line.facts["kind"] in ABOUT_ACCESS or alike[line.what] <= MAX_OF_ATTRIBUTE:
            shown.append(line)
        if len(shown) == MAX_DIFFERENCES:
            break
    told = []
    for line in shown:
        values = in_one_line(line.facts["expected"], line.facts["found"])
        told.append(f"  ✘ {printable(line.facts['person'])}: {printable(line.what)}: {values}     {line.when()}")
        if line.facts.get("object_id"):
            told.append(f"      last write: {printable(line.facts.get('request', ''))[:90]}")
    if len(lines) > len(shown):
        chosen = {id(line) for line in shown}
        left = [line for line in lines if id(line) not in chosen]
        told.append(
            f"    and {counted(len(left), 'more difference')}: {printable(attributes_of(left))} (use --json to list all)"
        )
    if table.unlisted:
        told.append(f"    and {counted(table.unlisted, 'difference')} beyond the 100,000 that a run lists")
    return told


def summary_lines(summary: SimulateSummary, checks: dict[str, int] | None = None) -> list[str]:
    """The lines of the summary table at the end of a run."""
    rows = [
        (
            "people",
            f"{summary['people']} at the start; {counted(summary['groups'], 'group')} at the end",
        ),
        ("joiners / movers / leavers", f"{summary['joiners']} / {summary['movers']} / {summary['leavers']}"),
        ("group changes", str(summary["group_changes"])),
        ("requests", f"{summary['requests']}   ({summary['requests_hash']})"),
    ]
    for operation, count in summary["requests_by_operation"].items():
        rows.append((f"  {operation}", str(count)))
    converged = f"{summary['cycles_converged']} of {summary['cycles']} cycles"
    if summary.get("judge") == "the end":
        rows.append(("converged", ("yes" if summary["converged"] else "no") + f" at the end; {converged}"))
    else:
        rows.append(("converged", f"{'yes' if summary['converged'] else 'no'}, {converged}"))
    if distinct := summary.get("distinct_differences"):
        rows.append(("differences", f"{distinct:,} distinct, {summary['differences']:,} in total over all comparisons"))
    if summary["leavers"] and "leavers_still_active" in summary:
        rows.append(("leavers still active", still_active(summary["leavers_still_active"])))
    if summary.get("expectations"):
        rows.append(("expectations", f"{summary['expectations_held']} of {summary['expectations']} held"))
    if summary.get("sync"):
        sync = summary["sync"]
        rows.append(
            (
                "sync into accounts",
                f"{counted(sync['runs'], 'run')}: {sync['created']} created, {sync['updated']} updated, "
                f"{sync['reactivated']} reactivated, {sync['deactivated']} deactivated, {counted(sync['conflicts'], 'conflict')}",
            )
        )
    if checks is not None:
        rows.append(("checks", f"{checks.get('PASS', 0)} passed, {checks.get('FAIL', 0)} failed, {_rest(checks)}"))
    return [f"  {name:<28}{value}" for name, value in rows]


def _rest(checks: dict[str, int]) -> str:
    return f"{sum(count for verdict, count in checks.items() if verdict not in ('PASS', 'FAIL'))} other"


def _likeness(event: EntryEvent) -> tuple[str | None, str]:
    """The key by which similar failures are grouped: the error code and the beginning of the reason."""
    return event["error_code"], _one_line(event["reason"])[:60]


def _one_line(words: str) -> str:
    line = printable(" ".join(words.split()))
    return line if len(line) <= MAX_WORDS else f"{line[: MAX_WORDS - 1]}…"
