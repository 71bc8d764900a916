"""The suite on a server with odd answers: a check ends with a verdict about the server, never with an exception of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reference_server.embedded import EmbeddedServer
from tests.conformance.odd_answers import OddAnswers
from tests.conformance.real_runs import Between, of, run

Through = Callable[[Between], str]
SOME = (
    "--no-fuzz",
    "-k",
    "test_leavers or test_groups or test_3_3 or test_3_4_2_2_logic or test_9_2 or test_5_comparing",
)
EVERYTHING = ("--fuzz", "--profile", "rfc", "--profile", "entra", "--profile", "okta", "--profile", "cursor")


@pytest.mark.parametrize(
    ("seed", "options"),
    [(1, SOME), *(pytest.param(seed, EVERYTHING, marks=pytest.mark.full) for seed in range(20, 28))],
)
def test_no_check_ends_by_an_exception_of_its_own(
    through: Through, own_server: EmbeddedServer, tmp_path: Path, seed: int, options: tuple[str, ...]
) -> None:
    url = through(OddAnswers(seed, every=2))
    _, events, shown = run(url, own_server.token, tmp_path, "--parallel", "1", *options)
    checks = of(events, "check")
    assert [(check["id"], check["traceback"]) for check in checks if check["traceback"]] == []
    assert len(checks) > 100, shown
    assert {check["verdict"] for check in checks} >= {"PASS", "FAIL"}
