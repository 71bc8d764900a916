"""Whatever goes wrong inside a command: one line, exit code 70, never 1 (the target fell short) or 2 (wrong usage)."""

from __future__ import annotations

import json
from pathlib import Path

from scimulator import COMMANDS
from tests.warm_process import run_code

SECRET = "token-that-must-stay-7f3a"
# In one process: each command fails in turn with each error, inside the call that runs it.
FAILING = """
import contextlib, io, json, pathlib, sys
import scimulator
errors = [ValueError(f"two\\nlines of {sys.argv[1]}"), RecursionError(), MemoryError(), KeyError("x"), OSError(5, "x"),
          ExceptionGroup("several", [TypeError("x")]), AssertionError(), UnicodeEncodeError("utf-8", "\\ud800", 0, 1, "x"),
          KeyboardInterrupt(), SystemExit(3)]
found = []
for command in scimulator.COMMANDS:
    for error in errors:
        def call():
            raise error
        scimulator.command_line = lambda arguments: call
        sys.argv = ["scimulator", command, "--token", "token-that-must-stay-7f3a"]
        told = io.StringIO()
        with contextlib.redirect_stderr(told):
            try:
                scimulator.main()
            except SystemExit as end:
                found.append([command, type(error).__name__, end.code, told.getvalue()])
        for file in pathlib.Path(".scimulator").glob("incident-*"):
            file.rename(f"{command}-{len(found)}.txt")
pathlib.Path("found.json").write_text(json.dumps(found))
"""


def test_every_command_ends_with_one_line_and_a_code_of_its_own(tmp_path: Path) -> None:
    assert run_code(FAILING, SECRET, cwd=tmp_path) == 0
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert {command for command, *_ in found} == set(COMMANDS)
    meant = {"KeyboardInterrupt": 130, "SystemExit": 3}
    for command, error, code, told in found:
        assert code == meant.get(error, 70), (command, error)
        assert len(told.splitlines()) == (error not in meant), told
        assert told == "" or told.startswith(f"scimulator {command}: unexpected error in Scimulator")
        assert SECRET not in told
    files = [file.read_text("utf-8") for file in tmp_path.glob("*.txt")]
    assert len(files) == len(COMMANDS) * 8
    assert not [text for text in files if SECRET in text or "Traceback" not in text]
