"""The crowd in the reports: one sentence on the console, in HTML, JSON, and Markdown."""

from __future__ import annotations

import io
import json
from typing import Any

from conformance.report.console import ConsoleReport
from conformance.report.crowd import crowd_lines, crowd_of
from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import check, run

LARGE = check("test_large", crowd=True)
FAILED = check("test_larger", "FAIL", crowd=True)


def crowd(state: str, **changes: Any) -> Any:
    facts = {"users": 0, "groups": 0, "left": 0, "by": "bulk", "seconds": 1.25, "reason": ""}
    return {"event": "crowd", "state": state, **facts, **changes}


MADE = crowd("made", users=1_050, groups=106)


def test_a_crowd_that_was_made_is_reported_with_its_checks() -> None:
    events = run(check("test_small"), MADE, LARGE, FAILED, crowd("removed"))
    sentence = "1,050 users, a group of all of them, and 105 small groups, created by Bulk in 1.2 s, all removed: 1 pass, 1 fail"
    assert crowd_lines(events) == [sentence]
    for form in ("html", "markdown"):
        assert sentence in FORMATS[form](events)
    told = json.loads(FORMATS["json"](events))["crowd"]
    assert told["made"]["users"] == 1_050
    assert told["removed"]["left"] == 0


def test_what_was_not_removed_is_reported() -> None:
    events = run(crowd("made", users=1_050, by="requests"), LARGE, crowd("removed", left=3))
    assert crowd_lines(events) == [
        "1,050 users, no groups, created one request each in 1.2 s, 3 could not be removed: 1 pass"
    ]
    assert ", not removed: " in crowd_lines(run(MADE, LARGE))[0]


def test_a_crowd_that_was_left_out_is_reported_with_the_reason() -> None:
    events = run(
        crowd("left out", reason="it would take \x1b[31m400 s"), check("test_large", "NOT OFFERED", crowd=True)
    )
    (line,) = crowd_lines(events)
    assert line.startswith("skipped, 1 check did not run: it would take ")
    assert "\x1b" not in line


def test_a_run_without_large_checks_tells_nothing() -> None:
    events = run(check("test_small"))
    assert (crowd_lines(events), crowd_of(events)) == ([], {})
    assert json.loads(FORMATS["json"](events))["crowd"] == {}
    assert "Crowd" not in FORMATS["html"](events)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for out, shown in ((Terminal(), True), (io.StringIO(), False)):
        console = ConsoleReport(out)
        console(crowd("making", users=300))
        console(crowd("removing", left=200))
        assert ("creating users for the checks of large sizes: 300" in out.getvalue()) is shown
        assert ("200 left" in out.getvalue()) is shown
