"""Errors that a user can fix end a command with one line and the documented exit code; other errors stay visible."""

from __future__ import annotations

import pytest
import typer

from simulator.commands.clear_errors import clear_errors
from simulator.mapping.synchronization_schema import SchemaError
from simulator.run.outcome import TargetUnusable
from simulator.run.session import BadInput
from simulator.scenario.load import ScenarioError
from simulator.stream.run_stream import UnreadableStream
from simulator.tape.tape import UnreadableTape


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("--url: expected a URL"), 2),
        (ScenarioError("s.yaml:3: expected a number"), 2),
        (SchemaError("schema.json: no mapping"), 2),
        (UnreadableTape("a.tape:1: not JSON"), 2),
        (UnreadableStream("run.jsonl: no such file"), 2),
        (TargetUnusable("http://x cannot be reached"), 3),
    ],
)
def test_an_error_that_the_user_can_fix_is_one_line(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, clear_errors("simulate"):
        raise error
    assert ended.value.exit_code == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"scimulator simulate: {error}\n")


def test_an_interrupt_ends_with_the_code_of_a_shell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, clear_errors("demo"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err.startswith("scimulator demo: interrupted")


@pytest.mark.parametrize("code", [0, 1])
def test_a_command_that_ends_by_itself_keeps_its_code(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, clear_errors("simulate"):
        raise typer.Exit(code)
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == ""


def test_an_unexpected_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), clear_errors("simulate"):
        raise ZeroDivisionError
