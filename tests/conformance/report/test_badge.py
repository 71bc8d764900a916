"""The badge never rounds up and has the color of the verdict."""

from __future__ import annotations

import pytest

from conformance.report.badge import badge_text
from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import check, run


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["PASS"] * 3, "rfc 100 %"),
        (["PASS"] * 999 + ["FAIL"], "rfc 99 %"),
        (["PASS", "UNDECIDED"], "rfc 50 %"),
        (["PASS", "NOT OFFERED", "NOTE"], "rfc 100 %"),
        (["NOT OFFERED"], "rfc not judged"),
        (["NOT EXERCISED"], "rfc not judged"),
        ([], "nothing run"),
    ],
)
def test_the_badge_never_rounds_up(verdicts: list[str], words: str) -> None:
    assert badge_text(run(*(check(f"test_{n}", v) for n, v in enumerate(verdicts)))) == words


@pytest.mark.parametrize(
    ("verdicts", "colour"),
    [
        (["PASS"], "#17703c"),
        (["WARN"], "#8a5a00"),
        (["UNDECIDED"], "#8a5a00"),
        (["PASS", "FAIL"], "#b3261e"),
        ([], "#586174"),
    ],
)
def test_the_badge_has_the_colour_of_the_verdict(verdicts: list[str], colour: str) -> None:
    events = run(
        *(check(f"test_{n}", v) for n, v in enumerate(verdicts)),
        check("test_e", profile="entra") if verdicts == ["PASS"] else check("test_o", "NOT OFFERED"),
    )
    assert f'fill="{colour}"' in FORMATS["badge"](events)


def test_a_warning_that_counts_has_the_colour_of_a_failure() -> None:
    assert 'fill="#b3261e"' in FORMATS["badge"](run(check("test_w", "WARN"), level="should", code=1))
