"""Code beside Locust runs in a process of its own: importing Locust patches the standard library of the whole process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from tests.support import ROOT

Run = Callable[[str], Any]
CHILD = """
import locust, json, sys, traceback
for line in sys.stdin:
    space = {}
    try:
        exec(json.loads(line), space)
        told = {"found": space["found"]}
    except Exception:
        told = {"error": traceback.format_exc()}
    print(json.dumps(told), flush=True)
"""


@pytest.fixture(scope="package")
def beside_locust() -> Iterator[Run]:
    """Runs code in a process that has imported Locust; returns what it leaves in `found`, as JSON."""
    command = [sys.executable, "-W", "ignore", "-c", CHILD]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as child:

        def run(code: str) -> Any:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(json.dumps(dedent(code)) + "\n")
            child.stdin.flush()
            told = json.loads(child.stdout.readline())
            assert "error" not in told, told["error"]
            return told["found"]

        yield run
