"""Every program that can be started ends after an unexpected error with exit code 70 and one line, without a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROKEN = """
import runpy, sys, {module}
def broken(*arguments, **options):
    raise RuntimeError("first line\\nsecond line")
{module}.{function} = broken
sys.argv[1:] = {arguments!r}
runpy.run_module({program!r}, run_name="__main__")
"""
# Program → its arguments, and the function that fails.
PROGRAMS = {
    "reference_server": (["--data", "data", "--port", "0"], "reference_server.run", "run"),
    "reference_server.scim_server": (["--data", "data", "--port", "0"], "reference_server.process", "bind"),
    "scimulator": (["simulate", "--list"], "simulator.commands.run_simulate", "list_scenarios"),
    "conformance.self_test": (["--mine", "patch"], "conformance.defects.catalogue", "read_catalogue"),
    "loadtests.bench.where": ([], "loadtests.bench.machine", "two_cores"),
}
# They are started by other programs only, which report their errors.
INTERNAL = {
    "loadtests/bench/instant_target.py",
    "loadtests/bench/servers/bare_app.py",
    "loadtests/bench/servers/sampled_server.py",
    "loadtests/bench/servers/scim2_server_app.py",
    "simulator/stream/schema.py",  # writes two files of this repository
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unexpected_error_is_one_line(tmp_path: Path, program: str) -> None:
    arguments, module, function = PROGRAMS[program]
    source = BROKEN.format(module=module, function=function, arguments=arguments, program=program)
    ended = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 70, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert "unexpected error in Scimulator: RuntimeError: first line second line" in line


def test_every_program_ends_this_way() -> None:
    guarded = [
        path.relative_to(ROOT).as_posix()
        for folder in ("reference_server", "simulator", "conformance", "loadtests", "live_page", "secrecy")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name == "__main__.py" or 'if __name__ == "__main__"' in path.read_text()
    ]
    assert set(guarded) >= INTERNAL
    ends = ("run_program(", "unexpected_error(")
    assert [
        path for path in guarded if path not in INTERNAL and not any(end in (ROOT / path).read_text() for end in ends)
    ] == []
