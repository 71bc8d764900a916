"""`scimulator report`: one command for the streams of all tools; a format that a tool does not offer is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.loadtests.report.bad_run import bad_run
from tests.support import Command


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in bad_run()))
    return path


def test_the_help_shows_the_options_of_every_tool(scimulator: Command) -> None:
    shown = scimulator("report", "--help").stdout
    options = ("--html", "--json", "--junit", "--sarif", "--markdown", "--badge", "--log", "--csv")
    assert [option for option in options if option not in shown] == []


def test_a_format_that_the_tool_does_not_offer_is_rejected(scimulator: Command, stream: Path) -> None:
    shown = scimulator("report", str(stream), "--sarif", "r.sarif")
    assert shown.returncode == 2
    assert shown.stderr == (
        f"scimulator report: --sarif: {stream} is a run of load, which offers --html, --json, --csv, --junit\n"
    )


def test_only_checks_are_compared(scimulator: Command, stream: Path) -> None:
    shown = scimulator("report", str(stream), str(stream))
    assert (shown.returncode, shown.stderr.count("\n")) == (2, 1)
    assert "only runs of check are compared" in shown.stderr
