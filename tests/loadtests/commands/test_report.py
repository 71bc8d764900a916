"""`scimulator report` on a load run: every format again, with the run's own exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from loadtests.report.console import console_lines
from scimulator_report import report
from tests.loadtests.report.bad_run import bad_run
from tests.support import Command

APP = typer.Typer()
APP.command()(report)


def shown(*arguments: object) -> Result:
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in bad_run()))
    return path


def test_the_console_is_printed_and_the_exit_code_is_that_of_the_run(stream: Path) -> None:
    result = shown(stream)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == "\n".join(console_lines(bad_run())).splitlines()


def test_every_named_format_is_written(stream: Path, tmp_path: Path) -> None:
    options = [part for name in ("html", "json", "csv", "junit") for part in (f"--{name}", tmp_path / name)]
    assert shown(stream, *options).exit_code == 1
    assert all((tmp_path / name).stat().st_size for name in ("html", "json", "csv", "junit"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (json.dumps(bad_run()[0]) + "\n", "the run was interrupted"),
        ('{"event":"run","format":1,"tool":"load"}\n', "has an unexpected value or a missing field: seed"),
        ("no JSON\n", "run.jsonl:1: not JSON"),
    ],
)
def test_a_stream_that_cannot_be_read_is_one_line_and_exit_code_2(
    content: str | None, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    if content is not None:
        path.write_text(content)
    result = shown(path)
    assert result.exit_code == 2
    assert result.stderr.startswith("scimulator report: ")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_place_that_cannot_be_written_is_one_line_and_exit_code_2(
    scimulator: Command, stream: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    ended = scimulator("report", str(stream), "--html", str(tmp_path / "file" / "a.html"))
    assert ended.returncode == 2
    assert ended.stderr == f"scimulator report: {tmp_path / 'file' / 'a.html'}: File exists\n"
