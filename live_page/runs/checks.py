"""Conformance runs against the target of the page: live results by section, causes, one cause again, and the last run."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

from conformance.report.causes import Cause, causes_of
from conformance.report.compare import compare
from conformance.report.harm import label_of
from conformance.report.key_request import key_request_of
from conformance.report.run_events import (
    document_name,
    exchanges_of,
    profile_of,
    profile_title,
    section_rank,
    section_title,
)
from conformance.requirements.catalogue import catalogue
from conformance.requirements.profiles import DEFAULT_PROFILES, PROFILES
from live_page.runs.child import Child
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from live_page.session.session import Session
from simulator.wire.curl import as_curl
from simulator.wire.exchange import Exchange

BAD = ("FAIL", "UNDECIDED", "WARN")
MOST_CAUSES = 100
MOST_CHANGES = 200


class Checks:
    """The runs of this session, of which one at a time is in progress."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._events: list[Any] = []
        self._last: list[Any] = []  # the events of the run before, to compare with
        self._child: Child | None = None
        self._runs = 0
        self._again: str = ""
        self._causes: tuple[int, list[Cause]] = (-1, [])

    def start(self, play: Playthrough, profiles: list[str], *, fuzz: bool, again: str = "") -> None:
        """Start a run of these profiles, or of one check again. Raises Problem."""
        if self.running:
            raise Problem("A run is in progress.", "Stop it first, or wait for its end.")
        unknown = [name for name in profiles if name not in PROFILES]
        if unknown or not profiles:
            raise Problem("Choose at least one profile.")
        if self._events and any(event["event"] == "end" for event in self._events) and not self._again:
            self._last = self._events
        self._runs, self._events, self._again = self._runs + 1, [], again
        command = ["check", *(word for name in profiles for word in ("--profile", name))]
        command += [] if fuzz and not again else ["--no-fuzz"]
        command += ["-k", again, "--no-crowd"] if again else []
        token = None
        if not play.access.embedded:
            command += ["--url", str(play.access.url)]
            token = play.access.token
        self._child = Child(
            command,
            self._session.folder / f"check-{self._runs}.jsonl",
            token=token,
            on_event=self._note,
            on_change=lambda: self._session.changed("checks"),
        )
        self._session.changed("checks")

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    @property
    def stream(self) -> Path | None:
        """The stream of the finished run."""
        return (
            None if self._child is None or self._child.running or self._child.code not in (0, 1) else self._child.stream
        )

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def end(self) -> None:
        if self._child is not None:
            self._child.end()

    def _note(self, event: Any) -> None:
        with self._lock:
            self._events.append(event)

    # ── what the page shows ──

    def shown(self) -> dict[str, Any]:
        """The state of the current run."""
        with self._lock:
            events = list(self._events)
        checks = [event for event in events if event["event"] == "check"]
        planned = next((event["checks"] for event in events if event["event"] == "plan"), None)
        end = next((event for event in events if event["event"] == "end"), None)
        child = self._child
        return {
            "profiles": [
                {"name": name, "title": profile.title, "default": name in DEFAULT_PROFILES}
                for name, profile in PROFILES.items()
            ],
            "running": self.running,
            "again": self._again,
            "started": child is not None,
            "failed_to_start": self._failure(end is None),
            "planned": planned,
            "done": len(checks),
            "counts": dict(Counter(event["verdict"] for event in checks)),
            "preflight": [event for event in events if event["event"] == "preflight"],
            "sections": _sections(checks),
            "causes": [_cause(cause, events) for cause in self._found(events, len(checks))[:MOST_CAUSES]],
            "verdict": None if end is None else {"sentence": end["verdict"], "code": end["exit_code"]},
            "compared": self._compared(events) if end is not None and self._last and not self._again else None,
        }

    def _failure(self, unfinished: bool) -> str:
        """Why a run ended without a result; empty otherwise."""
        child = self._child
        if child is None or child.running or not unfinished or child.code is None:
            return ""
        if child.stopped:
            return "The run was stopped."
        return next(
            (line for line in reversed(child.lines) if line.strip()), f"The run ended with exit code {child.code}."
        )

    def _found(self, events: list[Any], done: int) -> list[Cause]:
        """The causes so far; they are made anew only when there are more checks."""
        if self._causes[0] != done:
            self._causes = done, causes_of(events)
        return self._causes[1]

    def _compared(self, events: list[Any]) -> dict[str, Any]:
        found = compare([self._last, events], ["last run", "this run"])
        lines = [
            {
                "title": line.title,
                "before": line.cells[0]["verdict"] if line.cells[0] else "not run",
                "now": line.cells[1]["verdict"] if line.cells[1] else "not run",
            }
            for line in found.lines[:MOST_CHANGES]
        ]
        return {"lines": lines, "differ": len(found.lines), "total": found.total}


def _sections(checks: list[Any]) -> list[dict[str, Any]]:
    """The verdicts by profile, document, and section, in the order of the documents."""
    counted: dict[tuple[str, str, str], Counter[str]] = {}
    for check in checks:
        key = (profile_of(check), check["document"], check["section"])
        counted.setdefault(key, Counter())[check["verdict"]] += 1
    order = sorted(
        counted,
        key=lambda key: (list(PROFILES).index(key[0]) if key[0] in PROFILES else 99, key[1], section_rank(key[2])),
    )
    return [
        {
            "profile": profile_title(profile),
            "section": f"{document_name(document)} {section}".strip(),
            "title": section_title(document, section),
            "counts": dict(counted[profile, document, section]),
        }
        for profile, document, section in order
    ]


def _cause(cause: Cause, events: list[Any]) -> dict[str, Any]:
    """A cause with its explanation, its exchange, and its fix."""
    check = cause.first
    exchange = key_request_of(check, exchanges_of(events))
    requirement = catalogue().get(check["requirements"][0]) if check["requirements"] else None
    return {
        "verdict": cause.verdict,
        "label": label_of(cause.verdict, cause.level, cause.status),
        "headline": cause.headline,
        "title": check["title"],
        "message": check["message"],
        "expected": check["expected"],
        "got": check["got"],
        "effect": cause.effect,
        "fix": cause.fix,
        "requirement": None
        if requirement is None
        else {"id": check["requirements"][0], "level": requirement.level, "text": requirement.requirement},
        "places": len(cause.places),
        "function": check["function"],
        "profile": profile_of(check),
        "exchange": None if exchange is None else {**exchange, "curl": as_curl(Exchange.from_event(exchange))},
    }
