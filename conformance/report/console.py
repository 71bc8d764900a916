"""The console output of a check run: sections with their results, the causes of failures, and a final line of counts."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from conformance.report.causes import Cause, causes_of
from conformance.report.console_causes import cause_lines, headline_line, needs_id, short_lines, undecided_lines
from conformance.report.coverage import OWNERS
from conformance.report.crowd import crowd_lines
from conformance.report.run_events import (
    WORDS,
    checks_of,
    counts_of,
    document_name,
    exchanges_of,
    header_of,
    left_of,
    network_fault_lines,
    preflight_of,
    profile_of,
    profile_rank,
    profile_title,
    remains_lines,
    requests_of,
    seconds_of,
    section_rank,
    section_title,
    serious_of,
)
from conformance.report.terminal_text import BOLD, DIM, GREEN, RED, YELLOW, cut, padded, painted, plain
from conformance.requirements.verdict import MARKS, Verdict
from simulator.stream.events import CheckEndEvent, CheckEvent, CheckResultEvent, CheckRunEvent
from simulator.wording import counted

MAX_LEFT = 50  # leftovers that are listed with their complete URL
MAX_CAUSES = 5
MAX_NAMED = 20  # causes that are shown at least with their headline
MAX_SHORT = 5
MAX_UNDECIDED = 10  # reasons; checks without a verdict must be visible
QUIET = frozenset({"PASS", "NOTE", "NOT OFFERED", "NOT EXERCISED"})
IDLE = ("NOT OFFERED", "NOT EXERCISED")
COLOURS = {
    "PASS": (GREEN,),
    "FAIL": (RED,),
    "UNDECIDED": (YELLOW,),
    "WARN": (YELLOW,),
    "NOT OFFERED": (DIM,),
    "NOT EXERCISED": (DIM,),
}


class ConsoleReport:
    """Prints a run as it happens, 100 columns wide. Color is never needed to understand the output.

    `report` names the file that contains all details. `brief` omits the heading and shows documents without sections. Color and
    the progress line are used only on terminals; NO_COLOR and TERM=dumb are respected.
    """

    def __init__(self, out: TextIO | None = None, *, brief: bool = False, report: str = "") -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self._live and not os.environ.get("NO_COLOR")
        self._brief = brief
        self._report = report
        self._events: list[CheckEvent] = []
        self._done = self._planned = 0

    def __call__(self, event: CheckEvent) -> None:
        self._events.append(event)
        if event["event"] == "run" and not self._brief:
            self._say(_heading(event) + "\n")
        elif event["event"] == "plan":
            self._planned = event["checks"]
            if probes := self._probes():
                self._say(f"  setup  {probes}\n")
        elif event["event"] == "check":
            self._progress(event)
        elif event["event"] == "crowd" and event["state"] == "making":
            self._show(f"creating users for the checks of large sizes: {event['users']:,}")
        elif event["event"] == "crowd" and event["state"] == "removing":
            self._show(f"removing the users of the checks of large sizes: {event['left']:,} left")
        elif event["event"] == "end":
            self._finish(event)

    def _progress(self, event: CheckResultEvent) -> None:
        self._done += 1
        self._show(f"{self._done} of {self._planned}  {cut(event['title'], 80)}")

    def _show(self, progress: str) -> None:
        if self._live:
            self._out.write(f"\r\x1b[K  {progress}")
            self._out.flush()

    def _finish(self, end: CheckEndEvent) -> None:
        if self._live:
            self._out.write("\r\x1b[K")
        checks = checks_of(self._events)
        if not checks:
            for event in preflight_of(self._events):
                self._say(f"  {'✔' if event['ok'] else '✘'} {plain(event['sentence'])}")
            return
        for line in section_lines(checks, brief=self._brief, paint=self._paint):
            self._say(line)
        for line in crowd_lines(self._events):
            self._say(f"  crowd     {line}")
        self._say("")
        causes = causes_of(self._events)
        self._tell_causes(causes)
        for line in profile_lines(checks, serious=serious_of(header_of(self._events))) if not self._brief else ():
            self._say(line)
        for line in [*network_fault_lines(self._events), *_left(self._events)]:
            self._say(f"  {line}")
        if end["exit_code"] not in (0, 1):
            self._say(f"  {plain(end['verdict'])}")
        failed = sum(cause.verdict == "FAIL" for cause in causes)
        counts = counts_line(end["summary"].get("verdicts", {}), end["exit_code"], failed)
        self._say("  " + self._paint(counts, BOLD, RED if end["exit_code"] else GREEN))

    def _tell_causes(self, every: list[Cause]) -> None:
        header = header_of(self._events)
        exchanges = exchanges_of(self._events)
        serious = serious_of(header)
        causes = [cause for cause in every if cause.verdict in serious]
        where = plain(self._report) or "the report (--html report.html)"
        for cause in causes[:MAX_CAUSES]:
            for line in cause_lines(cause, header, exchanges, paint=self._paint):
                self._say(line)
            self._say("")
        if "client" not in header["settings"] and any(needs_id(cause, exchanges) for cause in causes[:MAX_CAUSES]):
            self._say("  The test resources were deleted. Replace the id in the curl URL with one of your own.\n")
        if len(causes) > MAX_CAUSES:
            for cause in causes[MAX_CAUSES:MAX_NAMED]:
                self._say(self._paint(headline_line(cause), COLOURS["FAIL"][0]))
            unnamed = max(0, len(causes) - MAX_NAMED)
            self._say(
                f"  and {unnamed} more in {where}\n" if unnamed else f"  More about each of them is in {where}.\n"
            )
        self._tell_undecided([cause for cause in every if cause.verdict == "UNDECIDED"], where)
        warnings = [cause for cause in every if cause.verdict == "WARN" and "WARN" not in serious]
        for cause in warnings[:MAX_SHORT]:
            for at, line in enumerate(short_lines(cause)):
                self._say(line if at else self._paint(line, YELLOW))
        if len(warnings) > MAX_SHORT:
            self._say(f"    and {counted(len(warnings) - MAX_SHORT, 'more warning')} in {where}")
        if warnings:
            self._say("")

    def _tell_undecided(self, causes: list[Cause], where: str) -> None:
        """Why checks have no verdict, grouped by reason."""
        for cause in causes[:MAX_UNDECIDED]:
            for at, line in enumerate(undecided_lines(cause)):
                self._say(line if at else self._paint(line, YELLOW))
        if len(causes) > MAX_UNDECIDED:
            self._say(f"    and {counted(len(causes) - MAX_UNDECIDED, 'more reason')} in {where}")
        if causes:
            self._say("")

    def _probes(self) -> str:
        told = [f"{'✔' if e['ok'] else '✘'} {plain(e['sentence'])}" for e in preflight_of(self._events)]
        return "  ".join(told)

    def _paint(self, words: str, *styles: str) -> str:
        return painted(words, *styles) if self._colour else words

    def _say(self, line: str) -> None:
        self._out.write(line.rstrip() + ("\n\n" if line.endswith("\n") else "\n"))
        self._out.flush()


def counts_line(verdicts: Mapping[str, int], exit_code: int, causes: int = 0) -> str:
    """The counts in one line: `214 checks   201 pass   6 fail in 3 causes   2 warn …   exit 1`."""
    parts = [counted(sum(verdicts.values()), "check")]
    for verdict, word in WORDS.items():
        if verdicts.get(verdict.value) or verdict in (Verdict.PASS, Verdict.FAIL):
            several = f" in {counted(causes, 'cause')}" if verdict is Verdict.FAIL and causes else ""
            parts.append(f"{verdicts.get(verdict.value, 0):,} {word}{several}")
    return "   ".join([*parts, f"exit {exit_code}"])


def profile_lines(checks: list[CheckResultEvent], *, serious: tuple[str, ...] = ("FAIL",)) -> list[str]:
    """One line for each profile of a run with several profiles, because a server can follow the RFC and still fail a provider.

    `serious` are the verdicts that count as failures.
    """
    profiles = sorted({profile_of(check) for check in checks}, key=profile_rank)
    lines = []
    for profile in profiles if len(profiles) > 1 else ():
        counts = counts_of(check for check in checks if profile_of(check) == profile)
        bad = [f"{counts[name]} {WORDS[Verdict(name)]}" for name in (*serious, "UNDECIDED") if counts[name]]
        judged = sum(counts.values()) - sum(counts[name] for name in IDLE)
        told = ", ".join(bad) or ("no failure" if judged else "nothing was tested")
        mark = MARKS[Verdict.FAIL if bad else Verdict.PASS if judged else Verdict.NOT_OFFERED]
        lines.append(f"  {mark} {plain(profile_title(profile))}: {told} in {counted(judged, 'check')}")
    return lines


def section_lines(
    checks: list[CheckResultEvent], *, brief: bool = False, paint: Any = lambda words, *_: words
) -> Iterable[str]:
    """The results by profile, document, and section.

    A chapter without findings takes one line; other chapters list their sections.
    """
    for at, profile in enumerate(sorted({profile_of(check) for check in checks}, key=profile_rank)):
        if at and not brief:
            yield ""
        own = [check for check in checks if profile_of(check) == profile]
        document = ""
        for place, title, marks in _places(own, profile, brief, paint):
            shown = document_name(place[0]) if place[0] != document else ""
            document = place[0]
            yield f"  {padded(shown, 10)}{padded(place[1], 9)}{padded(title, 44)}{marks}"


def _places(
    own: list[CheckResultEvent], profile: str, brief: bool, paint: Any
) -> Iterable[tuple[tuple[str, str], str, str]]:
    """(document, section), title, and results of each line of a profile."""
    documents: dict[str, list[CheckResultEvent]] = {}
    for check in own:
        documents.setdefault(_shown_document(check, profile), []).append(check)
    for document, checks in documents.items():
        if brief or document == profile:
            yield (document, ""), profile_title(document) if document == profile else "", _marks(checks, paint)
            continue
        chapters: dict[str, list[CheckResultEvent]] = {}
        for check in checks:
            chapters.setdefault(".".join(check["section"].split(".")[:2]), []).append(check)
        for chapter in sorted(chapters, key=section_rank):
            for section, inside in _opened(chapter, chapters[chapter]):
                yield (document, section), section_title(document, section), _marks(inside, paint)


def _opened(chapter: str, checks: list[CheckResultEvent]) -> list[tuple[str, list[CheckResultEvent]]]:
    if all(check["verdict"] in QUIET for check in checks):
        return [(chapter, checks)]
    sections = sorted({check["section"] for check in checks}, key=section_rank)
    return [(section, [check for check in checks if check["section"] == section]) for section in sections]


def _shown_document(check: CheckResultEvent, profile: str) -> str:
    """Whether the results are shown by document. A profile that replays a provider's requests is shown as one group."""
    return check["document"] if profile in OWNERS else profile


def _marks(checks: list[CheckResultEvent], paint: Any) -> str:
    counts = counts_of(checks)
    return "  ".join(paint(f"{counts[v.value]:>4} {MARKS[v]}", *COLOURS.get(v, ())) for v in Verdict if counts[v.value])


def _heading(header: CheckRunEvent) -> str:
    settings = header["settings"]
    told = [f"seed {header['seed']}", f"profile {', '.join(settings['profiles'])}"]
    told += [f"-k {shlex.quote(settings['expression'])}"] if settings.get("expression") else []
    told += ["violations of a SHOULD count"] if _level(header) == "should" else []
    told += ["read only"] if settings.get("read_only") else []
    told += ["certificate not verified"] if settings.get("insecure") else []
    if "client" in settings:
        return f"scimulator check-client {plain(settings['client'])}"
    return f"scimulator check  {plain(header['target']['url'])}     {plain('   '.join(told))}"


def _level(header: CheckRunEvent) -> str:
    return str(header["settings"].get("level", "must"))


def _left(events: list[CheckEvent]) -> list[str]:
    """What could not be removed, and how long it took."""
    left = left_of(events)
    requests, seconds = requests_of(events), seconds_of(events)
    told = [plain(line) for line in remains_lines(events)]
    told += [f"    {plain(url)}" for url in left[:MAX_LEFT]]
    told += [f"    and {len(left) - MAX_LEFT} more in the event stream"] if len(left) > MAX_LEFT else []
    return [*told, f"{counted(requests, 'request')} in {seconds:.0f} s"] if requests else told
