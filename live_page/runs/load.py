"""Load tests against the target of the page: a scenario with a budget, live figures, the verdict, and the end state."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from live_page.runs.child import Child
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from live_page.session.session import Session

SCENARIOS = {
    "initial-cycle": "The first cycle of a whole company: look up, create, set managers, fill groups.",
    "incremental": "The usual cycles after the first one.",
    "monday-morning": "Many changes that arrive within minutes.",
    "leavers": "Users who are disabled, and how long until each is inactive.",
    "group-storm": "Many changes of the members of large groups.",
    "read-mix": "Reads and filters, as a monitor sends them.",
    "soak": "A constant rate for a while.",
}
TIMED = ("read-mix", "soak")  # end after a duration
BUDGETS = ("entra", "reference")
MOST_USERS = 100_000
MOST_POINTS = 600
FIGURES = "SCIMULATOR_LIVE_FIGURES"  # the file to which the load generator appends its figures while it runs
_PROGRESS = re.compile(r"^\s*\d+ s\s")


class Load:
    """The load tests of this session, of which one at a time is in progress."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._child: Child | None = None
        self._events: list[Any] = []
        self._runs = 0
        self._figures: Path | None = None
        self._wanted: dict[str, Any] = {}

    def start(self, play: Playthrough, wanted: dict[str, Any]) -> None:
        """Start a load test. Raises Problem."""
        if self.running:
            raise Problem("A load test is in progress.", "Stop it first, or wait for its end.")
        scenario, budget = wanted.get("scenario", "initial-cycle"), wanted.get("budget", "entra")
        users, seconds = wanted.get("users", 1_000), wanted.get("seconds", 30)
        if scenario not in SCENARIOS or budget not in BUDGETS:
            raise Problem("Choose a scenario and a budget from the lists.")
        if not isinstance(users, int) or not 1 <= users <= MOST_USERS:
            raise Problem(f"Expected a number of users from 1 to {MOST_USERS:,}.")
        if not isinstance(seconds, int | float) or not 1 <= seconds <= 3_600:
            raise Problem("Expected a duration from 1 to 3,600 seconds.")
        self._runs, self._events = self._runs + 1, []
        self._wanted = {"scenario": scenario, "budget": budget, "users": users, "seconds": seconds}
        self._figures = self._session.folder / f"figures-{self._runs}.jsonl"
        command = ["load", "--scenario", scenario, "--users", str(users), "--budget", budget]
        command += ["--duration", str(seconds)] if scenario in TIMED else []
        token = None
        if not play.access.embedded:
            command += ["--url", str(play.access.url), "--cleanup"]
            token = play.access.token
        self._child = Child(
            command,
            self._session.folder / f"load-{self._runs}.jsonl",
            token=token,
            on_event=self._events.append,
            on_change=lambda: self._session.changed("load"),
            environment={FIGURES: str(self._figures)},
        )
        self._session.changed("load")

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def end(self) -> None:
        if self._child is not None:
            self._child.end()

    def shown(self) -> dict[str, Any]:
        """The state of the current load test."""
        events = list(self._events)
        child = self._child
        lines = [] if child is None else list(child.lines)
        end = next((event for event in events if event["event"] == "end"), None)
        points = self._points()
        return {
            "scenarios": [{"name": name, "what": what} for name, what in SCENARIOS.items()],
            "budgets": BUDGETS,
            "running": self.running,
            "started": child is not None,
            "stopped": child is not None and child.stopped,
            "wanted": self._wanted,
            "progress": next((line.strip() for line in reversed(lines) if _PROGRESS.match(line)), ""),
            "points": points,
            "operations": _by_kind(events, "operation") or (points[-1]["operations"] if points else []),
            "budget": _by_kind(events, "budget"),
            "errors": _by_kind(events, "error"),
            "verified": next(iter(_by_kind(events, "verified")), None),
            "verdict": None if end is None else {"sentence": end["verdict"], "code": end["exit_code"]},
            "summary": None if end is None else end["summary"],
            "failed_to_start": _failure(child, lines) if end is None else "",
        }

    def _points(self) -> list[dict[str, Any]]:
        """The figures over time that the load generator has written so far."""
        try:
            lines = self._figures.read_bytes().splitlines() if self._figures is not None else []
        except OSError:
            return []
        points = []
        for line in lines[-MOST_POINTS:]:
            try:
                points.append(orjson.loads(line))
            except ValueError:  # the line is not complete yet
                continue
        return points


def _by_kind(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event["event"] == kind]


def _failure(child: Child | None, lines: list[str]) -> str:
    if child is None or child.running or child.code is None:
        return ""
    if child.stopped:
        return "The load test was stopped. What it created in the target is deleted."
    return next((line.strip() for line in reversed(lines) if line.strip()), f"It ended with exit code {child.code}.")
