"""Verdicts have a legend and merge to the worst."""

from __future__ import annotations

from conformance.requirements.verdict import LEGEND, Verdict, merged


def test_verdicts_have_a_legend_and_merge_to_the_worst() -> None:
    assert set(LEGEND) == set(Verdict)
    assert merged([Verdict.PASS, Verdict.NOTE, Verdict.UNDECIDED]) is Verdict.UNDECIDED
    assert merged([Verdict.UNDECIDED, Verdict.FAIL]) is Verdict.FAIL
    assert merged([]) is Verdict.PASS
