"""The console of a simulation: progress while it works, the summary at the end; a reader of the stream."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TextIO

from simulator.report.difference import as_lines, printable
from simulator.stream.events import EntryEvent, ExpectationEvent, SimulateEvent, SimulateSummary, SimulateVerifiedEvent

Failure = EntryEvent | SimulateVerifiedEvent | ExpectationEvent
EVERY_SECONDS = 1.0
MAX_FAILURES = 5


class ConsoleReport:
    """Listens to a run. On a terminal one line is rewritten, elsewhere a line a second at most; width 100, no colour
    that means anything by itself."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._told_at = 0.0
        self._phase = ""
        self._failures: list[Failure] = []
        self._requests = 0
        self._more = 0
        self._was_good = False
        self._alike: Counter[tuple[str | None, str]] = Counter()

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "exchange":
            self._requests += 1
        elif event["event"] == "phase" and event["state"] == "start":
            self._phase = event["name"]
            self._line(f"  {event['name']:<10} {event['detail']}", force=True)
        elif event["event"] == "cycle":
            moment = event["at"][:16].replace("T", " ")
            self._line(f"  {self._phase:<10} {moment}  cycle {event['number']}, {self._requests} requests")
        elif (
            (event["event"] == "verified" and not event["converged"])
            or (event["event"] == "entry" and event["status"] == "Failure")
            or (event["event"] == "expectation" and not event["held"])
        ):
            self._note(event)
        elif event["event"] == "end":
            self._was_good = event["exit_code"] == 0

    def finish(self) -> None:
        """End the progress line and tell the first failures: person, attribute, expected, found, virtual time."""
        if self._live:
            self._out.write("\r\x1b[K")
        if self._was_good:
            return  # what went wrong on the way is what the scenario is about
        for event in self._failures:
            if event["event"] == "expectation":
                self._out.write(f"  ✘ {event['at'][:16]} expected: {printable(event['text'])}\n")
                self._out.write(f"      found     {printable(event['found'])}\n")
                continue
            if event["event"] == "entry":
                words = _one_line(event["reason"])
                again = self._alike[_likeness(event)] - 1
                self._out.write(f"  ✘ {event['at'][:16]} cycle {event['cycle']}: {event['error_code']}: {words}\n")
                if again:
                    self._out.write(f"      and {again} more like it\n")
                continue
            for found in event["differences"][:1]:
                who, what = printable(found["person"]), found["attribute"] or found["kind"]
                self._out.write(f"  ✘ {event['at'][:16]} cycle {event['cycle']}: {who}: {what}\n")
                self._out.write("\n".join(as_lines(found["expected"], found["found"], "      ")) + "\n")
                self._out.write(f"      last sent {printable(found.get('request', ''))[:90]}\n")
        if self._more:
            self._out.write(f"    and {self._more} more in the report\n")
        self._out.flush()

    def _note(self, event: Failure) -> None:
        if event["event"] == "entry":
            alike = _likeness(event)
            self._alike[alike] += 1
            if self._alike[alike] > 1:
                return  # one server, one fault: it is told once, with how often it came
        if len(self._failures) < MAX_FAILURES:
            self._failures.append(event)
        else:
            self._more += 1

    def _line(self, line: str, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._told_at < (0.1 if self._live else EVERY_SECONDS):
            return
        self._told_at = now
        self._out.write(f"\r\x1b[K{line[:99]}" if self._live and not force else f"{line[:99]}\n")
        self._out.flush()


def summary_lines(summary: SimulateSummary, checks: dict[str, int] | None = None) -> list[str]:
    """The table at the end of a run, one figure a line."""
    rows = [
        ("people", f"{summary['people']} at the start, {summary['groups']} groups at the end"),
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
        good = summary["differences"] == 0 and summary["cycles"]
        rows.append(("converged", f"{'yes' if good else 'no'}, {converged}"))
    if summary.get("expectations"):
        rows.append(("expectations", f"{summary['expectations_held']} of {summary['expectations']} held"))
    if summary.get("sync"):
        sync = summary["sync"]
        rows.append(
            (
                "sync into accounts",
                f"{sync['runs']} runs: {sync['created']} created, {sync['updated']} updated, "
                f"{sync['reactivated']} reactivated, {sync['deactivated']} deactivated, {sync['conflicts']} conflicts",
            )
        )
    if checks is not None:
        rows.append(("checks", f"{checks.get('PASS', 0)} passed, {checks.get('FAIL', 0)} failed, {_rest(checks)}"))
    return [f"  {name:<28}{value}" for name, value in rows]


def _rest(checks: dict[str, int]) -> str:
    return f"{sum(count for verdict, count in checks.items() if verdict not in ('PASS', 'FAIL'))} other"


def _likeness(event: EntryEvent) -> tuple[str | None, str]:
    """What failures have in common that are told as one: error code, and the beginning of the reason."""
    return event["error_code"], _one_line(event["reason"])[:60]


def _one_line(words: str) -> str:
    return printable(" ".join(words.split()))[:120]
