"""Options of `load` that cannot be carried out are rejected before the first request."""

from __future__ import annotations

import pytest

from tests.support import Command

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "nonsense"], "--scenario: expected initial-cycle, incremental, "),
        (["--find-limit", "--scenario", "leavers"], "--find-limit: expected --scenario soak or read-mix"),
        (["--baseline", "missing.json"], "--baseline: missing.json: no such file"),
        (["--find-limit", "--baseline", "missing.json"], "--baseline: cannot be combined with --find-limit"),
        (["--workers", "0"], "--workers"),
        (["--rate", "-1"], "--rate"),
    ],
)
def test_what_cannot_be_done_is_rejected_before_anything_is_sent(
    scimulator: Command, arguments: list[str], words: str
) -> None:
    shown = scimulator("load", "--users", "5", *arguments)
    assert shown.returncode == 2
    assert words in shown.stderr
