"""Every report can be written again from a finished stream, with the verdict and the exit code of its run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.report.saved_runs import as_file, report_again, write_reports
from simulator.run.session import BadInput
from simulator.stream.run_stream import UnreadableStream
from tests.simulator.report import made_up_log as made
from tests.simulator.report.made_up_run import stream


def saved(folder: Path, events: Any) -> Path:
    path = folder / "run.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    return path


def test_every_report_is_written_into_new_folders(tmp_path: Path) -> None:
    run = saved(tmp_path, stream())
    html, json_file, log = tmp_path / "a" / "r.html", tmp_path / "b" / "r.json", tmp_path / "c" / "log.jsonl"
    assert write_reports(run, html, json_file, log)["people"] == 1
    assert "Łucja Wójcik" in html.read_text("utf-8")
    assert json.loads(json_file.read_text("utf-8"))["exposures"][0]["name"] == "Łucja Wójcik"
    assert log.read_text("utf-8") == ""  # this run has no entries


def test_a_log_is_one_file_of_json_lines_or_a_folder_of_csv_files(tmp_path: Path) -> None:
    run = saved(tmp_path, made.run(made.entry(name="Łucja"), made.failure()))
    write_reports(run, None, None, tmp_path / "log.jsonl")
    write_reports(run, None, None, tmp_path / "csv")
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["sourceIdentity"]["displayName"] for line in lines] == ["Łucja", "Anna Smith"]
    assert sorted(path.suffix for path in (tmp_path / "csv").iterdir()) == [".csv"] * 3


@pytest.mark.parametrize(("name", "is_file"), [("log.jsonl", True), ("log.txt", True), ("log", False)])
def test_the_suffix_decides_between_file_and_folder(name: str, is_file: bool) -> None:
    assert as_file(Path(name)) == (Path(name) if is_file else None)
    assert as_file(None) is None


def test_a_report_cannot_be_written_below_a_file(tmp_path: Path) -> None:
    run = saved(tmp_path, made.run(made.cycle()))
    with pytest.raises(BadInput) as refused:
        write_reports(run, run / "r.html", None)
    assert str(refused.value).startswith(f"{run / 'r.html'}: ")
    assert "\n" not in str(refused.value)


def test_the_console_shows_the_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = saved(tmp_path, made.run(made.failure(), ended=made.end("It fell short.", 1)))
    assert report_again(run, None, None) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("  ✘ 2026-03-02T09:05 cycle 1: SystemForCross")
    assert "  converged                   yes, 2 of 2 cycles" in shown
    assert shown[-1] == "  It fell short.     exit 1"


def test_a_replay_has_a_verdict_and_no_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = {
        "event": "run",
        "format": 1,
        "tool": "replay",
        "seed": None,
        "target": {"url": "http://x", "embedded": False},
    }
    ended = {
        "event": "end",
        "verdict": "3 of 3 responses have the recorded meaning.",
        "exit_code": 0,
        "summary": {"requests": 3, "departures": 0},
    }
    assert report_again(saved(tmp_path, [header, ended]), None, None) == 0
    assert capsys.readouterr().out == "  3 of 3 responses have the recorded meaning.     exit 0\n"


def test_a_run_that_was_cut_off_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UnreadableStream, match="interrupted"):
        report_again(saved(tmp_path, made.run()[:-1]), None, None)
