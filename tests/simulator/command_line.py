"""Runs `scimulator` as a person does: what the tests of the commands share."""

from __future__ import annotations

import subprocess

from tests.fake_target import FakeTarget
from tests.warm_process import run_command

TOKEN = "a-secret-token"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return run_command(*arguments, stdin=stdin)


def at(target: FakeTarget) -> list[str]:
    return ["--url", target.url, "--token", TOKEN]
