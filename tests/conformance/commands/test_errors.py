"""Errors of a command: one line and the exit code of the contract."""

from __future__ import annotations

import pytest
import typer

from conformance.commands.errors import one_line_errors
from conformance.settings.bad_input import BadInput


@pytest.mark.parametrize(("error", "code"), [(BadInput("no"), 2), (BadInput("no", 3), 3), (KeyboardInterrupt(), 130)])
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, one_line_errors("check"):
        raise error
    assert ended.value.exit_code == code
    shown = capsys.readouterr().err
    assert shown.startswith("scimulator check: ")
    assert shown.count("\n") == 1


def test_a_mistake_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), one_line_errors("check"):
        raise ZeroDivisionError
