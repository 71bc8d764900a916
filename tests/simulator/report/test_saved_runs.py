"""A saved run is reported again: its console, its files, and the exit code that it had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.report.saved_runs import report_again, write_reports
from simulator.stream.run_stream import UnreadableStream
from tests.simulator.report.made_up_run import stream


def saved(path: Path, events: Any) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_a_simulation_keeps_its_exit_code_and_tells_what_was_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_again(saved(tmp_path / "run.jsonl", stream("Anna")), None, tmp_path / "r.json") == 1
    shown = capsys.readouterr().out
    assert "Anna: title" in shown
    assert shown.endswith("  About Anna.     exit 1\n")
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "About Anna."


def test_of_a_replay_the_result_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = {"url": "http://x", "embedded": True}
    header = {"event": "run", "format": 1, "tool": "replay", "seed": None, "target": target}
    end = {"event": "end", "verdict": "2 of 2.", "exit_code": 0, "summary": {"requests": 2, "departures": 0}}
    assert report_again(saved(tmp_path / "run.jsonl", [header, end]), None, None) == 0
    assert capsys.readouterr().out == "  2 of 2.     exit 0\n"


def test_a_run_that_was_cut_off_writes_no_report(tmp_path: Path) -> None:
    with pytest.raises(UnreadableStream, match="cut off"):
        write_reports(saved(tmp_path / "run.jsonl", stream()[:-1]), tmp_path / "r.html", None)
    assert not (tmp_path / "r.html").exists()


def test_an_empty_file_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableStream):
        report_again(saved(tmp_path / "run.jsonl", []), None, None)
